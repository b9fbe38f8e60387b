#include "client/paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "protocol/codec.h"

enum err
paper_load(struct paper *out, const char *path, struct fault *fault)
{
	struct paper p = { .bytes = NULL };
	char why[FILE_WHY], *text = NULL;
	enum err e = file_read(&text, &p.len, path, BUNDLE_MAX);

	snprintf(p.path, sizeof(p.path), "%s", path);
	if (e != E_OK) {
		fault_set(fault, "%s", file_read_why(why, path, BUNDLE_MAX, e));
		return e;
	}
	p.bytes = (uint8_t *)text;
	if ((e = bundle_parse(&p.bundle, p.bytes, p.len)) != E_OK) {
		fault_set(fault,
		    "%s is no signed query (%s); `ward query sign` makes one",
		    p.path, err_text(e));
		free(p.bytes);
		return e;
	}
	*out = p;
	return E_OK;
}

void
paper_free(struct paper *p)
{
	free(p->bytes);
	p->bytes = NULL;
}

static bool
to_all(const struct envelope *e)
{
	static const struct party_id all;

	return memcmp(&e->recipient, &all, sizeof(all)) == 0 && e->seq == 0;
}

/* Has a current researcher of the roster signed these bytes? */
static enum err
check_author(const struct member **author, const struct paper *p,
    const struct roster *r, uint64_t now_s, struct fault *fault)
{
	const struct envelope *e = &p->bundle.query;
	const struct member *m = roster_find(r, &e->sender);

	if (m == NULL || !member_current(m, now_s) ||
	    !member_has(m, ROLE_RESEARCHER)) {
		fault_set(fault,
		    "%s: the sender \"%s\" is no current researcher of your "
		    "roster (epoch %u)",
		    p->path, e->sender.s, (unsigned)r->epoch);
		return E_PEER;
	}
	if (!to_all(e) ||
	    memcmp(e->id, p->bundle.id, sizeof(p->bundle.id)) != 0 ||
	    !envelope_good(e, m->sign_public)) {
		fault_set(fault,
		    "%s: these bytes are not what \"%s\" signed; the file was "
		    "altered: ask for it again",
		    p->path, e->sender.s);
		return E_SIGNATURE;
	}
	*author = m;
	return E_OK;
}

/* What one approval is worth, by the roster. */
static struct vote
weigh(const struct envelope *e, const struct paper *p, const struct roster *r,
    const struct member *author, uint64_t now_s)
{
	struct vote v = { .by = e->sender };
	const struct member *m = roster_find(r, &e->sender);

	if (m == NULL || !member_current(m, now_s) ||
	    !member_has(m, ROLE_APPROVER))
		v.fault = "no current approver of the roster";
	else if (!to_all(e) ||
		 memcmp(e->id, p->bundle.id, sizeof(p->bundle.id)) != 0 ||
		 !envelope_good(e, m->sign_public) ||
		 approval_parse(&v.said, e->bytes, e->len) != E_OK)
		v.fault = "not signed by that approver for this query";
	else if (party_id_same(&m->id, &author->id) ||
		 strcmp(m->organisation, author->organisation) == 0)
		v.fault = "the author, or of the author's organisation";
	else if (now_s >= v.said.not_after)
		v.fault = "its time is over";
	if (v.fault == NULL)
		v.who = m;
	return v;
}

enum err
paper_read(struct reading *out, const struct paper *p, const struct roster *r,
    uint64_t now_s, struct fault *fault)
{
	struct reading g = { 0 };
	const struct envelope *e = &p->bundle.query;
	enum err err;

	if ((err = check_author(&g.author, p, r, now_s, fault)) != E_OK)
		return err;
	if ((err = codec_query_read(&g.query, e->bytes, e->len)) == E_OK &&
	    !party_id_same(&g.query.researcher, &e->sender))
		err = E_FORMAT;
	if (err != E_OK) {
		fault_set(fault, "%s: the signed bytes are no valid query: %s",
		    p->path, err_text(err));
		return err;
	}
	for (g.n = 0; g.n < p->bundle.n; g.n++)
		g.votes[g.n] =
		    weigh(&p->bundle.approvals[g.n], p, r, g.author, now_s);
	*out = g;
	return E_OK;
}

enum err
paper_sign(uint8_t **out, size_t *out_len, const uint8_t *bytes, size_t len,
    const struct party_id *sender, const struct sign_key *key)
{
	struct envelope e = { .purpose = PURPOSE_QUERY,
		.sender = *sender,
		.bytes = bytes,
		.len = len };

	bundle_query_id(e.id, bytes, len);
	return envelope_make(out, out_len, &e, key);
}

enum err
paper_add(uint8_t **out, size_t *out_len, const struct paper *p,
    const struct approval *a, const struct party_id *approver,
    const struct sign_key *key)
{
	uint8_t body[APPROVAL_MAX], *mine = NULL, *all;
	struct envelope e = {
		.purpose = PURPOSE_APPROVAL, .sender = *approver, .bytes = body
	};
	size_t len;
	enum err err;

	for (size_t i = 0; i < p->bundle.n; i++)
		if (party_id_same(&p->bundle.approvals[i].sender, approver))
			return E_EXISTS;
	if (p->bundle.n == BUNDLE_APPROVALS)
		return E_LIMIT;
	memcpy(e.id, p->bundle.id, sizeof(e.id));
	e.len = approval_write(body, a);
	if ((err = envelope_make(&mine, &len, &e, key)) != E_OK)
		return err;
	if (p->len + len > BUNDLE_MAX)
		err = E_LIMIT;
	else if ((all = malloc(p->len + len)) == NULL)
		err = E_NOMEM;
	if (err == E_OK) {
		memcpy(all, p->bytes, p->len);
		memcpy(all + p->len, mine, len);
		*out = all;
		*out_len = p->len + len;
	}
	free(mine);
	return err;
}
