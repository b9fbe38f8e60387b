/*
 * Bytes: n_kinds (4); for each source (4), codelist, code, feed, weapon (1),
 * victim (1), setting (1); n_areas (4); for each area, published, vintage (2).
 * A text is its length (1) and its bytes.  Big-endian.
 */
#include "node/wordbook.h"

#include <assert.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"

#define KIND_LEAST 10 /* bytes of a kind, of an area without their texts */
#define AREA_LEAST 4

size_t
wordbook_bytes(const struct lexicon *x)
{
	size_t n = 8;

	for (size_t i = 0; i < x->n_kinds; i++)
		n += KIND_LEAST + strlen(x->kinds[i].codelist) +
		     strlen(x->kinds[i].code) + strlen(x->feeds[i]);
	for (size_t i = 0; i < x->n_areas; i++)
		n += AREA_LEAST + strlen(x->areas[i]) +
		     strlen(x->published[i].code);
	return n;
}

static void
put_text(struct wr *w, const char *s)
{
	wr_u8(w, (uint8_t)strlen(s));
	wr_bytes(w, s, strlen(s));
}

void
wordbook_write(const struct lexicon *x, uint8_t *out)
{
	struct wr w = wr_over(out, wordbook_bytes(x));

	wr_be32(&w, (uint32_t)x->n_kinds);
	for (size_t i = 0; i < x->n_kinds; i++) {
		const struct kind *k = &x->kinds[i];

		wr_be32(&w, k->source);
		put_text(&w, k->codelist);
		put_text(&w, k->code);
		put_text(&w, x->feeds[i]);
		wr_u8(&w, k->weapon);
		wr_u8(&w, k->victim);
		wr_u8(&w, k->setting);
	}
	wr_be32(&w, (uint32_t)x->n_areas);
	for (size_t i = 0; i < x->n_areas; i++) {
		put_text(&w, x->areas[i]);
		put_text(&w, x->published[i].code);
		wr_be16(&w, x->published[i].vintage);
	}
	assert(w.err == E_OK && w.len == w.cap);
}

/* A text into out[room], which is all zeros. */
static void
take_text(struct rd *r, char *out, size_t room)
{
	uint8_t n = rd_u8(r);

	if (n >= room)
		r->err = r->err != E_OK ? r->err : E_FORMAT;
	if (r->err != E_OK)
		return;
	rd_copy(r, out, n);
	if (strlen(out) != n) /* one within */
		r->err = E_FORMAT;
}

static enum err
take_kind(struct lexicon *x, struct rd *r, uint32_t n)
{
	struct incident i = { .kind.source = rd_be32(r) };
	uint32_t number = 0;
	enum err e;

	take_text(r, i.kind.codelist, INCIDENT_LIST);
	take_text(r, i.kind.code, INCIDENT_CODE);
	take_text(r, i.feed, INCIDENT_FEED);
	i.kind.weapon = rd_u8(r);
	i.kind.victim = rd_u8(r);
	i.kind.setting = rd_u8(r);
	if (r->err != E_OK)
		return E_FORMAT;
	if ((e = lexicon_kind(x, &number, &i)) != E_OK)
		return e;
	return number == n ? E_OK : E_FORMAT;
}

static enum err
take_area(struct lexicon *x, struct rd *r, uint32_t n)
{
	struct incident i = { 0 };
	uint32_t number = 0;
	enum err e;

	take_text(r, i.area, INCIDENT_AREA);
	take_text(r, i.published, INCIDENT_GSS);
	i.vintage = rd_be16(r);
	if (r->err != E_OK)
		return E_FORMAT;
	if ((e = lexicon_area(x, &number, &i)) != E_OK)
		return e;
	return number == n ? E_OK : E_FORMAT;
}

enum err
wordbook_read(struct lexicon *out, const uint8_t *in, size_t n)
{
	struct lexicon x = { 0 };
	struct rd r = rd_over(in, n);
	enum err e = E_OK;
	uint32_t count = rd_be32(&r);

	for (uint32_t i = 0; i < count && e == E_OK; i++)
		e = take_kind(&x, &r, i);
	count = e == E_OK ? rd_be32(&r) : 0;
	for (uint32_t i = 0; i < count && e == E_OK; i++)
		e = take_area(&x, &r, i);
	if (e == E_OK && rd_end(&r) != E_OK)
		e = E_FORMAT;
	if (e != E_OK) {
		lexicon_free(&x);
		return e == E_LIMIT ? E_FORMAT : e;
	}
	*out = x;
	return E_OK;
}
