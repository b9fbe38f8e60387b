/*
 * Two tables in which a key has one place and the last to come has it.
 */
#include "node/memo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PLACES (1U << 16) /* several times a force's points */
#define KINDS 256

struct place_entry {
	uint8_t key[MEMO_KEY];
	uint8_t len;    /* 0: free */
	uint32_t notes; /* bit i: reason i is noted */
	uint32_t east, north;
	uint16_t precision_m, vintage;
	uint8_t method;
	bool has_point;
	char area[INCIDENT_GSS], published[INCIDENT_GSS];
};

struct kind_entry {
	struct kind kind; /* source 0: free */
	bool known;
};

struct memo {
	struct place_entry *places; /* [PLACES] */
	struct kind_entry kinds[KINDS];
};

static_assert(REPORT_REASONS <= 32, "a bit for each");

enum err
memo_new(struct memo **out)
{
	struct memo *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return E_NOMEM;
	if ((m->places = calloc(PLACES, sizeof(*m->places))) == NULL) {
		free(m);
		return E_NOMEM;
	}
	*out = m;
	return E_OK;
}

void
memo_free(struct memo *m)
{
	if (m == NULL)
		return;
	explicit_bzero(m->places, PLACES * sizeof(*m->places));
	free(m->places);
	free(m);
}

void
memo_text(struct memo_key *k, const char *s, size_t n)
{
	if (k->len + 1 + n > MEMO_KEY) {
		k->len = MEMO_KEY + 1;
		return;
	}
	k->bytes[k->len++] = (uint8_t)n;
	memcpy(k->bytes + k->len, s, n);
	k->len += n;
}

/* A number for p[0, n) that spreads well; no more is asked of it: whoever
 * makes keys meet makes a load slower. */
static uint32_t
spread(const uint8_t *p, size_t n)
{
	uint64_t h = n, word;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&word, p, 8);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, p, n);
	h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 32);
}

/* Where a key's place is, or NULL: it is not kept. */
static struct place_entry *
entry_of(const struct memo *m, const struct memo_key *k)
{
	if (m == NULL || k->len == 0 || k->len > MEMO_KEY)
		return NULL;
	return &m->places[spread(k->bytes, k->len) % PLACES];
}

bool
memo_recall(const struct memo *m, struct incident *i, const struct memo_key *k,
    struct report *r, uint64_t line)
{
	const struct place_entry *p = entry_of(m, k);

	if (p == NULL || p->len != k->len ||
	    memcmp(p->key, k->bytes, k->len) != 0)
		return false;
	i->has_point = p->has_point;
	i->east = p->east;
	i->north = p->north;
	i->geo_precision_m = p->precision_m;
	i->geo_method = p->method;
	i->vintage = p->vintage;
	memcpy(i->area, p->area, sizeof(p->area));
	memcpy(i->published, p->published, sizeof(p->published));
	for (uint32_t n = p->notes; n != 0; n &= n - 1)
		report_count(r, (enum report_reason)__builtin_ctz(n), line);
	return true;
}

/* Which reasons are noted more often in r than in before? */
static uint32_t
new_notes(const struct report *r, const uint64_t before[REPORT_REASONS])
{
	uint32_t notes = 0;

	for (unsigned i = 0; i < REPORT_REASONS; i++)
		if (r->reasons[i].n > before[i])
			notes |= UINT32_C(1) << i;
	return notes;
}

void
memo_place(struct memo *m, struct incident *i, const struct memo_key *k,
    const struct place_said *said, const struct loader_world *w,
    struct report *r, uint64_t line)
{
	struct place_entry *p = entry_of(m, k);
	struct loader_world now = *w;
	uint64_t before[REPORT_REASONS];

	now.later = NULL; /* what comes of it is kept at once */
	for (unsigned n = 0; n < REPORT_REASONS; n++)
		before[n] = r->reasons[n].n;
	place_fill(i, said, &now, r, line);
	if (p == NULL || strlen(i->area) >= sizeof(p->area))
		return;
	*p = (struct place_entry){ .len = (uint8_t)k->len,
		.notes = new_notes(r, before),
		.east = i->east,
		.north = i->north,
		.precision_m = i->geo_precision_m,
		.vintage = i->vintage,
		.method = i->geo_method,
		.has_point = i->has_point };
	memcpy(p->key, k->bytes, k->len);
	memcpy(p->area, i->area, sizeof(p->area));
	memcpy(p->published, i->published, sizeof(p->published));
}

bool
memo_knows(struct memo *m, const struct themes *t, const struct kind *k)
{
	struct kind_entry *e;
	size_t n = strlen(k->code);

	if (m == NULL)
		return themes_know(t, k);
	e = &m->kinds[spread((const uint8_t *)k->code, n) % KINDS];
	if (e->kind.source != k->source || strcmp(e->kind.code, k->code) != 0 ||
	    strcmp(e->kind.codelist, k->codelist) != 0) {
		e->kind = *k;
		e->known = themes_know(t, k);
	}
	return e->known;
}
