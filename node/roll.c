#include "node/roll.h"

#include <inttypes.h>
#include <stdlib.h>

#include "crypto/hash.h"
#include "node/journal.h"

/* Does the roster name this node, with this key? */
static bool
names(const struct roster *r, const struct identity *id)
{
	const struct member *me = roster_find(r, &id->me->id);

	return me != NULL && member_has(me, ROLE_NODE) &&
	       hash_same(me->sign_public, id->key.public, SIGN_PUBLIC);
}

static enum err
check(const struct roll *r, const struct roster *next)
{
	if (next->demo && !r->config->policy->demo)
		return E_CONFIG;
	return next->epoch > r->roster->epoch ? E_OK : E_STATE;
}

/* Puts next, which is the roll's from now on, into force. */
static void
put_in_force(struct roll *r, struct roster *next)
{
	const struct log *log = r->config->log;

	free(r->own);
	r->own = next;
	r->roster = next;
	r->named = names(next, r->config->identity);
	log_event(log, LOG_INFO_, "roster", "epoch=%" PRIu32, next->epoch);
	if (!r->named)
		log_event(log, LOG_ERROR_, "left-out",
		    "epoch=%" PRIu32 " reason=\"the roster does not name this "
		    "node with its key: every query is refused; ask governance "
		    "to add join-request.yaml\"",
		    next->epoch);
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
	bool same, named;
	enum err e =
	    roster_read(&next, &c->identity->governance, note, len, NULL);

	if (e != E_OK)
		return e;
	same = hash_same(next->hash, r->roster->hash, sizeof(next->hash));
	e = check(r, next);
	if (e != E_OK && !(e == E_STATE && same))
		goto out;
	if (journal_keep_roster(
		c->ledger, next->hash, next->epoch, note, len) != E_OK) {
		e = E_DB;
		goto out;
	}
	if (e != E_OK)
		goto out;
	named = names(next, c->identity);
	if (named && c->keep_roster != NULL &&
	    (e = c->keep_roster(c->keep_ctx, note, len)) != E_OK)
		goto out;

	*moved = !coordinator_same(r, next);
	put_in_force(r, next);
	e = named ? E_OK : E_NOTFOUND;
	next = NULL;
out:
	free(next);
	return e;
}

/* The newest roster that the ledger remembers; one that cannot be read, or
 * none, is E_NOTFOUND. */
static enum err
newest(struct roster **out, struct ledger *l, const struct identity *id)
{
	char *note = NULL;
	size_t len;
	enum err e = journal_roster(l, &note, &len, NULL);

	if (e == E_OK)
		e = roster_read(out, &id->governance, note, len, NULL);
	free(note);
	return e == E_OK || e == E_NOMEM || e == E_DB ? e : E_NOTFOUND;
}

enum err
roll_open(struct roll *out, const struct gate_config *c)
{
	struct roll r = {
		.config = c, .roster = c->identity->roster, .named = true
	};
	struct roster *last = NULL;
	enum err e = newest(&last, c->ledger, c->identity);

	if (e != E_OK && e != E_NOTFOUND)
		return e;
	if (e == E_OK && check(&r, last) == E_OK)
		put_in_force(&r, last);
	else
		free(last);
	*out = r;
	return E_OK;
}

enum err
roll_left_out(
    uint32_t *epoch, struct ledger *ledger, const struct identity *identity)
{
	struct roster *last = NULL;
	enum err e = newest(&last, ledger, identity);

	if (e != E_OK && e != E_NOTFOUND)
		return e;
	*epoch = e == E_OK && last->epoch > identity->roster->epoch &&
			 !names(last, identity)
		     ? last->epoch
		     : 0;
	free(last);
	return E_OK;
}

void
roll_close(struct roll *r)
{
	free(r->own);
	r->own = NULL;
}
