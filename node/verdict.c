#include "node/verdict.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "model/ladder.h"
#include "model/month.h"
#include "node/journal.h"

static_assert(BUNDLE_APPROVALS <= DECIDE_APPROVALS_MAX,
    "every approval of a bundle can be decided on");

/* The cut that a question asked now is as of, see gate.h. */
static enum err
cut_of(uint64_t *out, struct ledger *ledger, uint64_t now_s)
{
	uint64_t cut = month_start(month_of(now_s));
	uint64_t opened;
	enum err e = ledger_opened(ledger, &opened);

	if (e != E_OK)
		return e;
	if (opened == 0)
		opened = now_s;
	*out = cut > opened ? cut : opened;
	return E_OK;
}

/* Has a current researcher of the roster signed these bytes? */
static enum refusal
check_sender(const struct verdict_facts *f, const struct bundle *b)
{
	static const struct party_id all;
	const struct member *m;
	enum refusal r = decide_sender(f->roster, &b->query.sender, f->now_s);

	if (r != REFUSAL_NONE)
		return r;
	m = roster_find(f->roster, &b->query.sender);
	if (m == NULL)
		return REFUSAL_RESEARCHER;
	if (!envelope_good(&b->query, m->sign_public))
		return REFUSAL_SIGNATURE;
	if (!hash_same(b->query.id, b->id, QUERY_ID) || b->query.seq != 0 ||
	    !party_id_same(&b->query.recipient, &all))
		return REFUSAL_FORMAT;
	return REFUSAL_NONE;
}

/* The approvals of this very query whose signatures are good. */
static size_t
gather(struct decide_approval *out, const struct verdict_facts *f,
    const struct bundle *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct envelope *e = &b->approvals[i];
		const struct member *m = roster_find(f->roster, &e->sender);
		struct approval a;

		if (m == NULL || !hash_same(e->id, b->id, QUERY_ID) ||
		    !envelope_good(e, m->sign_public) ||
		    approval_parse(&a, e->bytes, e->len) != E_OK)
			continue;
		out[n++] = (struct decide_approval){ .approver = e->sender,
			.veto = a.veto,
			.not_before = a.not_before,
			.not_after = a.not_after };
	}
	return n;
}

/* The roster that the query names: the one in force, or one that was; *out is
 * NULL when this node has never seen it; *owned is the caller's. */
static enum err
pinned(const struct roster **out, struct roster **owned,
    const struct verdict_facts *f, const struct query *q)
{
	char *note = NULL;
	size_t len;
	enum err e;

	*out = NULL;
	if (hash_same(q->roster_hash, f->roster->hash, QUERY_ID)) {
		*out = f->roster;
		return E_OK;
	}
	e = journal_roster(f->config->ledger, &note, &len, q->roster_hash);
	if (e == E_OK)
		e = roster_read(
		    owned, &f->config->identity->governance, note, len, NULL);
	free(note);
	if (e == E_OK)
		*out = *owned;
	return e == E_NOMEM || e == E_DB ? e : E_OK;
}

static uint32_t
theme_bits(const struct question *q)
{
	uint32_t bits = 0;

	for (uint16_t i = 0; i < q->n_themes; i++)
		bits |= UINT32_C(1) << q->themes[i];
	return bits;
}

/* Has every level as many places as the lookup gives?  Found out before a
 * charge: counting comes after it. */
static enum err
places_fit(bool *fit, const struct question *q, const struct areas *areas)
{
	struct ladder *l = NULL;
	enum err e = ladder_new(&l, q, areas);

	ladder_free(l);
	if (e == E_NOMEM)
		return e;
	*fit = e == E_OK;
	return E_OK;
}

/* The cut that the query is answered as of, and what is known under it. */
static enum err
find_state(struct verdict *v, const struct verdict_facts *f,
    const uint8_t query_id[QUERY_ID])
{
	struct ledger *l = f->config->ledger;
	enum err e;

	memcpy(v->key.question, v->query.question_id, QUERY_ID);
	e = ledger_taken(l, &v->key.epoch_s, query_id);
	if (e == E_NOTFOUND)
		e = cut_of(&v->key.epoch_s, l, f->now_s);
	if (e != E_OK)
		return e;
	return ledger_state_of(l, &v->state, &v->key);
}

/* decide, with its facts. */
static enum err
judge(struct verdict *v, const struct verdict_facts *f, const struct bundle *b)
{
	const struct gate_config *c = f->config;
	const struct question *q = &v->query.q;
	struct decide_approval approvals[BUNDLE_APPROVALS];
	struct cost spent[QUERY_MONTHS_MAX];
	struct roster *owned = NULL;
	struct decide_facts facts = {
		.node = &c->identity->me->id,
		.policy = c->policy,
		.roster = f->roster,
		.now_s = f->now_s,
		.query = &v->query,
		.n_approvals = gather(approvals, f, b),
		.approvals = approvals,
		.rules_hash = c->rules_hash,
		.areas_hash = c->areas_hash,
		.multiplicity =
		    themes_multiplicity(c->themes, q->sources, theme_bits(q)),
		.known = v->state != LEDGER_NEW,
		.spent = spent,
	};
	bool fit = true;
	enum err e;

	if ((e = pinned(&facts.pinned, &owned, f, &v->query)) != E_OK ||
	    (e = ledger_spent(c->ledger, spent, q->first_month, q->n_months)) !=
		E_OK)
		goto out;
	v->refusal = decide(&facts);
	if (v->refusal == REFUSAL_NONE &&
	    (e = places_fit(&fit, q, c->areas)) == E_OK && !fit)
		v->refusal = REFUSAL_FORMAT;
out:
	free(owned);
	return e;
}

/* Decode what was signed; *refusal says when it is no query of the sender. */
static enum err
decode(struct query *out, enum refusal *refusal, const struct verdict_facts *f,
    const struct bundle *b)
{
	const struct gate_config *c = f->config;
	enum err e =
	    c->decode(c->decode_ctx, out, b->query.bytes, b->query.len);

	switch (e) { /* is it the bytes, or is it this node? */
	case E_CLOSED:
	case E_TIMEOUT:
	case E_NOMEM:
	case E_SYSTEM:
	case E_IO:
		return e;
	default:
		break;
	}
	if (e != E_OK || query_check(out) != E_OK)
		*refusal = REFUSAL_FORMAT;
	else if (!party_id_same(&out->researcher, &b->query.sender))
		*refusal = REFUSAL_SIGNATURE;
	return E_OK;
}

enum err
verdict_make(
    struct verdict *out, const struct verdict_facts *f, const struct bundle *b)
{
	struct verdict v = { .refusal = REFUSAL_NONE };
	enum err e = E_OK;

	if (f->clock_behind)
		v.refusal = REFUSAL_CLOCK;
	else
		v.refusal = check_sender(f, b);
	v.proven = v.refusal == REFUSAL_NONE;
	if (v.refusal == REFUSAL_NONE)
		e = decode(&v.query, &v.refusal, f, b);
	if (e == E_OK && v.refusal == REFUSAL_NONE)
		e = find_state(&v, f, b->id);
	if (e == E_OK && v.refusal == REFUSAL_NONE)
		e = judge(&v, f, b);
	if (e == E_OK)
		*out = v;
	return e;
}
