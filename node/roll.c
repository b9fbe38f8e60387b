#include "node/roll.h"

#include <inttypes.h>
#include <stdlib.h>

#include "crypto/hash.h"

/* Does the roster name this node, with this key? */
static bool
names_us(const struct gate_config *c, const struct roster *r)
{
	const struct member *me = roster_find(r, &c->identity->me->id);

	return me != NULL && member_has(me, ROLE_NODE) &&
	       hash_same(me->sign_public, c->identity->key.public, SIGN_PUBLIC);
}

static enum err
check(const struct roll *r, const struct roster *next)
{
	if (next->demo && !r->config->policy->demo)
		return E_CONFIG;
	if (next->epoch <= r->roster->epoch)
		return E_STATE;
	return names_us(r->config, next) ? E_OK : E_NOTFOUND;
}

/* Puts next, which is the roll's from now on, into force. */
static void
put_in_force(struct roll *r, struct roster *next)
{
	free(r->own);
	r->own = next;
	r->roster = next;
	log_event(
	    r->config->log, LOG_INFO_, "roster", "epoch=%" PRIu32, next->epoch);
}

/* Does the coordinator stand in both alike? */
static bool
coordinator_same(const struct roll *r, const struct roster *next)
{
	const struct party_id *id = &r->config->coordinator;
	const struct member *before = roster_find(r->roster, id);
	const struct member *after = roster_find(next, id);

	return before != NULL && after != NULL && member_same(before, after);
}

enum err
roll_offer(struct roll *r, bool *moved, const char *note, size_t len)
{
	const struct gate_config *c = r->config;
	struct roster *next = NULL;
	bool same;
	enum err e =
	    roster_read(&next, &c->identity->governance, note, len, NULL);

	if (e != E_OK)
		return e;
	same = hash_same(next->hash, r->roster->hash, sizeof(next->hash));
	e = check(r, next);
	if (e != E_OK && !(e == E_STATE && same))
		goto out;
	if (ledger_keep_roster(c->ledger, next->hash, next->epoch, note, len) !=
	    E_OK) {
		e = E_DB;
		goto out;
	}
	if (e != E_OK)
		goto out;
	if (c->keep_roster != NULL &&
	    (e = c->keep_roster(c->keep_ctx, note, len)) != E_OK)
		goto out;

	*moved = !coordinator_same(r, next);
	put_in_force(r, next);
	next = NULL;
out:
	free(next);
	return e;
}

enum err
roll_open(struct roll *out, const struct gate_config *c)
{
	struct roll r = { .config = c, .roster = c->identity->roster };
	struct roster *last = NULL;
	char *note = NULL;
	size_t len;
	enum err e = ledger_roster(c->ledger, &note, &len, NULL);

	if (e == E_OK)
		e = roster_read(
		    &last, &c->identity->governance, note, len, NULL);
	free(note);
	if (e == E_NOMEM || e == E_DB)
		return e;
	if (e == E_OK && check(&r, last) == E_OK)
		put_in_force(&r, last);
	else
		free(last);
	*out = r;
	return E_OK;
}

void
roll_close(struct roll *r)
{
	free(r->own);
	r->own = NULL;
}
