#include "coordinator/proof.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/codec.h"

/* The member of that id if it is current and has the role; or NULL. */
static const struct member *
current(const struct proof_view *v, const struct party_id *id, unsigned role)
{
	const struct member *m = roster_find(v->roster, id);

	return m != NULL && member_has(m, role) && member_current(m, v->now_s)
		   ? m
		   : NULL;
}

static bool
to_all(const struct envelope *e)
{
	static const struct party_id all;

	return memcmp(&e->recipient, &all, sizeof(all)) == 0;
}

enum err
proof_query(const struct proof_view *v, const struct envelope *e)
{
	const struct member *m = current(v, &e->sender, ROLE_RESEARCHER);

	if (e->purpose != PURPOSE_QUERY || !to_all(e))
		return E_FORMAT;
	if (m == NULL)
		return E_PEER;
	return envelope_good(e, m->sign_public) ? E_OK : E_SIGNATURE;
}

enum err
proof_approval(struct approval *out, const struct proof_view *v,
    const struct envelope *e, const uint8_t id[QUERY_ID],
    const struct party_id *author)
{
	const struct member *m = current(v, &e->sender, ROLE_APPROVER);
	const struct member *by = roster_find(v->roster, author);

	if (e->purpose != PURPOSE_APPROVAL || !to_all(e) ||
	    memcmp(e->id, id, QUERY_ID) != 0)
		return E_FORMAT;
	if (m == NULL || party_id_same(&m->id, author) ||
	    (by != NULL && strcmp(by->organisation, m->organisation) == 0))
		return E_PEER;
	if (!envelope_good(e, m->sign_public))
		return E_SIGNATURE;
	return approval_parse(out, e->bytes, e->len) == E_OK ? E_OK : E_FORMAT;
}

/* Is the organisation of e's sender among those of the first n in seen? */
static bool
org_seen(const char *const *seen, unsigned n, const char *organisation)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(seen[i], organisation) == 0)
			return true;
	return false;
}

struct proof_count
proof_count(const struct proof_view *v, const struct bundle *b)
{
	struct proof_count c = { .vetoed = false };
	const char *seen[BUNDLE_APPROVALS];
	struct approval a;

	for (size_t i = 0; i < b->n; i++) {
		const struct envelope *e = &b->approvals[i];
		const char *organisation;

		if (proof_approval(&a, v, e, b->id, &b->query.sender) != E_OK)
			continue;
		if (a.veto) {
			c.vetoed = true;
			continue;
		}
		if (a.not_before > v->now_s &&
		    (c.next_s == 0 || a.not_before < c.next_s))
			c.next_s = a.not_before;
		if (a.not_before > v->now_s || a.not_after <= v->now_s)
			continue;
		organisation = roster_find(v->roster, &e->sender)->organisation;
		if (!org_seen(seen, c.organisations, organisation))
			seen[c.organisations++] = organisation;
	}
	return c;
}

/* The envelope p[0, n) of that purpose, if it is one of the node to us about
 * the query, with a good signature. */
static enum err
open_envelope(struct envelope *out, const struct proof_view *v,
    const struct proof_from *from, enum purpose purpose, const uint8_t *p,
    size_t n)
{
	const struct member *m = current(v, from->node, ROLE_NODE);
	enum err e;

	if ((e = envelope_parse(out, p, n)) != E_OK)
		return e;
	if (out->purpose != purpose)
		return E_FORMAT;
	if (m == NULL || !party_id_same(&out->sender, from->node) ||
	    !party_id_same(&out->recipient, v->me))
		return E_PEER;
	if (memcmp(out->id, from->id, QUERY_ID) != 0)
		return E_RANGE;
	return envelope_good(out, m->sign_public) ? E_OK : E_SIGNATURE;
}

/* Does the answer belong to what was asked, and can its cells be? */
static bool
fits(const struct answer *a, const struct proof_from *from)
{
	if (memcmp(a->query_id, from->id, QUERY_ID) != 0 ||
	    memcmp(a->question_id, from->query->question_id, QUERY_ID) != 0 ||
	    !party_id_same(&a->node, from->node) ||
	    a->n_cells != question_answer(&from->query->q))
		return false;
	for (uint32_t i = 0; i < a->n_cells; i++)
		if (a->cells[i] >= PROOF_CELL_MAX ||
		    a->cells[i] <= -PROOF_CELL_MAX)
			return false;
	return true;
}

enum err
proof_answer(struct answer *out, const struct proof_view *v,
    const struct proof_from *from, const uint8_t *p, size_t n)
{
	struct envelope envelope;
	struct answer a;
	enum err e;

	if ((e = open_envelope(&envelope, v, from, PURPOSE_ANSWER, p, n)) !=
	    E_OK)
		return e;
	if ((e = codec_answer_read(&a, envelope.bytes, envelope.len)) != E_OK)
		return e;
	if (!fits(&a, from)) {
		free(a.cells);
		return E_RANGE;
	}
	*out = a;
	return E_OK;
}

enum err
proof_refusal(struct refused *out, const struct proof_view *v,
    const struct proof_from *from, const uint8_t *p, size_t n)
{
	struct envelope envelope;
	enum err e;

	if ((e = open_envelope(&envelope, v, from, PURPOSE_REFUSAL, p, n)) !=
	    E_OK)
		return e;
	return refused_parse(out, envelope.bytes, envelope.len);
}
