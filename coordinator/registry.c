#include "coordinator/registry.h"

enum err
registry_add(struct registry *r, struct session **out, uint64_t conn,
    const struct ipc_up *who)
{
	if (registry_find(r, conn) != NULL)
		return E_EXISTS;
	if (r->n == REGISTRY_MAX)
		return E_LIMIT;
	*out = &r->sessions[r->n++];
	**out = (struct session){ .conn = conn, .who = *who };
	return E_OK;
}

struct session *
registry_find(struct registry *r, uint64_t conn)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->sessions[i].conn == conn)
			return &r->sessions[i];
	return NULL;
}

struct session *
registry_party(struct registry *r, const struct party_id *party, uint64_t but)
{
	for (size_t i = 0; i < r->n; i++) {
		struct session *s = &r->sessions[i];

		if (s->admitted && s->conn != but &&
		    party_id_same(&s->who.party, party))
			return s;
	}
	return NULL;
}

bool
registry_remove(struct registry *r, uint64_t conn)
{
	struct session *s = registry_find(r, conn);

	if (s == NULL)
		return false;
	*s = r->sessions[--r->n];
	return true;
}
