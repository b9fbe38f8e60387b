#include "node/scope.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/incident.h"

#define MONTHS 65536U

struct scope_part {
	uint32_t source;
	char feed[INCIDENT_FEED];
	uint64_t put[MONTHS / 64], whole[MONTHS / 64]; /* bits */
};

void
scope_free(struct scope *s)
{
	free(s->parts);
	*s = (struct scope){ 0 };
}

static bool
is_of(const struct scope_part *p, uint32_t source, const char *feed)
{
	return p->source == source && strcmp(p->feed, feed) == 0;
}

uint32_t
scope_find(const struct scope *s, uint32_t source, const char *feed)
{
	for (uint32_t i = 0; i < s->n_parts; i++)
		if (is_of(&s->parts[i], source, feed))
			return i;
	return SCOPE_NONE;
}

/* A new part. */
static enum err
add_part(struct scope *s, uint32_t source, const char *feed)
{
	size_t n = (size_t)s->n_parts + 1;
	struct scope_part *more = realloc(s->parts, n * sizeof(*more));

	if (more == NULL)
		return E_NOMEM;
	s->parts = more;
	memset(&more[n - 1], 0, sizeof(*more));
	more[n - 1].source = source;
	assert(strlen(feed) < INCIDENT_FEED);
	memcpy(more[n - 1].feed, feed, strlen(feed));
	s->last = s->n_parts++;
	return E_OK;
}

/* *out is the part of a source and feed, a new one if need be. */
static enum err
part_of(
    struct scope_part **out, struct scope *s, uint32_t source, const char *feed)
{
	enum err e;

	/* mostly that of the record before */
	if (s->n_parts == 0 || !is_of(&s->parts[s->last], source, feed)) {
		uint32_t part = scope_find(s, source, feed);

		if (part != SCOPE_NONE)
			s->last = part;
		else if ((e = add_part(s, source, feed)) != E_OK)
			return e;
	}
	*out = &s->parts[s->last];
	return E_OK;
}

enum err
scope_put(struct scope *s, uint32_t source, const char *feed, uint16_t month)
{
	struct scope_part *p;
	enum err e = part_of(&p, s, source, feed);

	if (e == E_OK)
		p->put[month / 64] |= UINT64_C(1) << month % 64;
	return e;
}

enum err
scope_whole(struct scope *s, uint32_t source, const char *feed, uint16_t month)
{
	struct scope_part *p;
	enum err e = part_of(&p, s, source, feed);

	if (e == E_OK)
		p->whole[month / 64] |= UINT64_C(1) << month % 64;
	return e;
}

void
scope_forget(struct scope *s)
{
	for (uint32_t i = 0; i < s->n_parts; i++)
		memset(s->parts[i].put, 0, sizeof(s->parts[i].put));
}

bool
scope_has(const struct scope *s, uint32_t part, uint16_t month)
{
	const struct scope_part *p;

	if (part >= s->n_parts)
		return false;
	p = &s->parts[part];
	return ((p->put[month / 64] | p->whole[month / 64]) >> month % 64 &
		   1) != 0;
}

bool
scope_has_month(const struct scope *s, uint16_t month)
{
	for (uint32_t p = 0; p < s->n_parts; p++)
		if (scope_has(s, p, month))
			return true;
	return false;
}
