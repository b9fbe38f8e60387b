#include "protocol/codec.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "crypto/hash.h"
#include "protocol/ward.pb-c.h"
#include "protocol/words.h"

#define QUESTION_LABEL "ward/question/1"
#define HISTOGRAM_NUMBERS 6 /* of each, in the message */
#define BUDGET_FACTOR 16
#define BUDGET_MAX (32u * 1024 * 1024)
#define BUDGET_PIECES 100000

/* What protobuf-c may still take while it decodes one message. */
struct budget {
	size_t bytes, pieces;
	bool no_memory; /* the machine's fault, not the message's */
};

static void *
budget_alloc(void *ctx, size_t n)
{
	struct budget *b = ctx;
	void *p;

	if (n > b->bytes || b->pieces == 0)
		return NULL;
	b->bytes -= n;
	b->pieces--;
	if ((p = malloc(n == 0 ? 1 : n)) == NULL)
		b->no_memory = true;
	return p;
}

static void
budget_free(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

/* Decode buf[0, len) as one message of that kind. */
static enum err
unpack(ProtobufCMessage **out, const ProtobufCMessageDescriptor *kind,
    const uint8_t *buf, size_t len)
{
	struct budget b = { .pieces = BUDGET_PIECES };
	ProtobufCAllocator a = { budget_alloc, budget_free, &b };
	ProtobufCMessage *m;

	b.bytes =
	    len > BUDGET_MAX / BUDGET_FACTOR ? BUDGET_MAX : len * BUDGET_FACTOR;
	if ((m = protobuf_c_message_unpack(kind, &a, len, buf)) == NULL)
		return b.no_memory ? E_NOMEM : E_FORMAT;
	*out = m;
	return E_OK;
}

/* Free what unpack gave; NULL does nothing. */
static void
unpack_free(ProtobufCMessage *m)
{
	ProtobufCAllocator a = { budget_alloc, budget_free, NULL };

	if (m != NULL)
		protobuf_c_message_free_unpacked(m, &a);
}

static enum err
pack(uint8_t **out, size_t *len, const ProtobufCMessage *m)
{
	size_t n = protobuf_c_message_get_packed_size(m);
	uint8_t *buf = malloc(n);
	size_t done;

	if (buf == NULL)
		return E_NOMEM;
	done = protobuf_c_message_pack(m, buf);
	assert(done == n);
	*out = buf;
	*len = n;
	return E_OK;
}

/* A view of bytes that protobuf-c will not write to. */
static ProtobufCBinaryData
bytes_of(const void *p, size_t n)
{
	return (ProtobufCBinaryData){ .data = (uint8_t *)p, .len = n };
}

/* Bytes of a fixed length. */
static enum err
take_bytes(void *out, size_t n, const ProtobufCBinaryData *b)
{
	if (b->len != n)
		return E_FORMAT;
	memcpy(out, b->data, n);
	return E_OK;
}

static enum err
take_u16(uint16_t *out, uint32_t v)
{
	if (v > UINT16_MAX)
		return E_RANGE;
	*out = (uint16_t)v;
	return E_OK;
}

/* Text for people, with its NUL in out[QUERY_TITLE], zeros after it.  A NUL
 * inside cuts s short, and the comparison with the bytes finds it. */
static enum err
take_words(char out[QUERY_TITLE], const char *s)
{
	size_t n = strlen(s);

	if (n >= QUERY_TITLE || !words_good(s, n))
		return E_FORMAT;
	memcpy(out, s, n);
	return E_OK;
}

static enum err
take_areas(struct question *q, const Ward__Question *m)
{
	size_t len;

	if (m->n_areas > QUERY_AREAS_MAX)
		return E_RANGE;
	for (size_t i = 0; i < m->n_areas; i++) {
		if ((len = strlen(m->areas[i])) >= GSS)
			return E_FORMAT;
		memcpy(q->areas[i], m->areas[i], len);
	}
	q->n_areas = (uint16_t)m->n_areas;
	return E_OK;
}

static enum err
take_nodes(struct question *q, const Ward__Question *m)
{
	enum err e;

	if (m->n_nodes > QUERY_NODES_MAX)
		return E_RANGE;
	for (size_t i = 0; i < m->n_nodes; i++) {
		e = party_id_parse(
		    &q->nodes[i], m->nodes[i], strlen(m->nodes[i]));
		if (e != E_OK)
			return e;
	}
	q->n_nodes = (uint16_t)m->n_nodes;
	return E_OK;
}

static enum err
take_themes(struct question *q, const Ward__Question *m)
{
	if (m->n_themes > QUERY_THEMES_MAX)
		return E_RANGE;
	for (size_t i = 0; i < m->n_themes; i++) {
		if (m->themes[i] > UINT8_MAX)
			return E_RANGE;
		q->themes[i] = (uint8_t)m->themes[i];
	}
	q->n_themes = (uint16_t)m->n_themes;
	return E_OK;
}

static enum err
take_levels(struct question *q, const Ward__Question *m)
{
	if (m->n_level_places > QUERY_LEVELS_MAX)
		return E_RANGE;
	for (size_t i = 0; i < m->n_level_places; i++)
		q->level_places[i] = m->level_places[i];
	q->n_levels = (uint16_t)m->n_level_places;
	return E_OK;
}

static enum err
take_histograms(struct question *q, const Ward__Question *m)
{
	const uint32_t *v = m->histograms;

	if (m->n_histograms % HISTOGRAM_NUMBERS != 0 ||
	    m->n_histograms > QUERY_HISTOGRAMS_MAX * HISTOGRAM_NUMBERS)
		return E_RANGE;
	q->n_histograms = (uint16_t)(m->n_histograms / HISTOGRAM_NUMBERS);
	for (size_t i = 0; i < q->n_histograms; i++) {
		struct histogram *h = &q->histograms[i];

		if (v[0] > UINT8_MAX || v[1] > UINT8_MAX || v[2] > UINT8_MAX ||
		    v[3] > UINT8_MAX)
			return E_RANGE;
		h->by = (uint8_t)v[0];
		h->level = (uint8_t)v[1];
		h->x = (uint8_t)v[2];
		h->y = (uint8_t)v[3];
		h->num = v[4];
		h->den = v[5];
		v += HISTOGRAM_NUMBERS;
	}
	return E_OK;
}

/* The fields of m that the model holds in the same width. */
static void
question_copy(struct question *q, const Ward__Question *m)
{
	q->measure = m->measure;
	q->sources = m->sources;
	q->slicing = m->slicing;
	q->geo = m->geo;
	q->cell_m = m->cell_m;
	q->west = m->west;
	q->south = m->south;
	q->cols = m->cols;
	q->rows = m->rows;
	q->n_places = m->n_places;
	q->strategy = m->strategy;
	q->noise = m->noise;
	q->charge_nrho = m->charge_nrho;
	q->charge_neps = m->charge_neps;
	q->charge_tv = m->charge_tv;
	q->mode = m->mode;
}

/* An encoded Question into *q, which is all zeros. */
static enum err
question_read(struct question *q, const uint8_t *buf, size_t len)
{
	ProtobufCMessage *base = NULL;
	const Ward__Question *m;
	enum err e = unpack(&base, &ward__question__descriptor, buf, len);

	if (e != E_OK)
		return e;
	m = (const Ward__Question *)(const void *)base;
	question_copy(q, m);
	if ((e = take_themes(q, m)) != E_OK || (e = take_areas(q, m)) != E_OK ||
	    (e = take_nodes(q, m)) != E_OK || (e = take_levels(q, m)) != E_OK ||
	    (e = take_histograms(q, m)) != E_OK ||
	    (e = take_u16(&q->first_month, m->first_month)) != E_OK ||
	    (e = take_u16(&q->n_months, m->n_months)) != E_OK ||
	    (e = take_u16(&q->c, m->c)) != E_OK ||
	    (e = take_u16(&q->k, m->k)) != E_OK ||
	    (e = take_u16(&q->d, m->d)) != E_OK ||
	    (e = take_u16(&q->g, m->g)) != E_OK ||
	    (e = take_bytes(q->areas_hash, QUERY_ID, &m->areas_hash)) != E_OK)
		goto out;
	e = take_bytes(q->rules_hash, QUERY_ID, &m->rules_hash);
out:
	unpack_free(base);
	return e;
}

/* The fields of m into *q, which is all zeros; the question too. */
static enum err
query_take(struct query *q, const Ward__Query *m)
{
	enum err e;

	q->version = m->version;
	q->roster_epoch = m->roster_epoch;
	q->created_at = m->created_at;
	q->not_after = m->not_after;
	q->send_at = m->send_at;
	q->close_at = m->close_at;
	if ((e = take_words(q->title, m->title)) != E_OK ||
	    (e = take_words(q->purpose, m->purpose)) != E_OK ||
	    (e = take_words(q->project, m->project)) != E_OK ||
	    (e = party_id_parse(&q->researcher, m->researcher,
		 strlen(m->researcher))) != E_OK ||
	    (e = take_u16(&q->quorum, m->quorum)) != E_OK ||
	    (e = take_bytes(q->roster_hash, QUERY_ID, &m->roster_hash)) != E_OK)
		return e;
	return question_read(&q->q, m->question.data, m->question.len);
}

static enum err
query_decode(struct query *q, const uint8_t *buf, size_t len)
{
	ProtobufCMessage *base = NULL;
	enum err e = unpack(&base, &ward__query__descriptor, buf, len);

	if (e != E_OK)
		return e;
	memset(q, 0, sizeof(*q));
	e = query_take(q, (const Ward__Query *)(const void *)base);
	unpack_free(base);
	return e;
}

/* Lists in the form that protobuf-c wants them. */
struct lists {
	uint32_t themes[QUERY_THEMES_MAX];
	char *areas[QUERY_AREAS_MAX];
	char *nodes[QUERY_NODES_MAX];
	uint32_t histograms[QUERY_HISTOGRAMS_MAX * HISTOGRAM_NUMBERS];
};

static void
lists_fill(struct lists *l, const struct question *q)
{
	for (size_t i = 0; i < q->n_themes; i++)
		l->themes[i] = q->themes[i];
	for (size_t i = 0; i < q->n_areas; i++)
		l->areas[i] = (char *)q->areas[i];
	for (size_t i = 0; i < q->n_nodes; i++)
		l->nodes[i] = (char *)q->nodes[i].s;
	for (size_t i = 0; i < q->n_histograms; i++) {
		const struct histogram *h = &q->histograms[i];
		const uint32_t v[HISTOGRAM_NUMBERS] = { h->by, h->level, h->x,
			h->y, h->num, h->den };

		memcpy(&l->histograms[i * HISTOGRAM_NUMBERS], v, sizeof(v));
	}
}

/* The bytes of a question; *out is the caller's. */
static enum err
question_write(uint8_t **out, size_t *len, const struct question *q)
{
	Ward__Question m = WARD__QUESTION__INIT;
	struct lists l;

	lists_fill(&l, q);
	m.measure = q->measure;
	m.sources = q->sources;
	m.n_themes = q->n_themes;
	m.themes = l.themes;
	m.first_month = q->first_month;
	m.n_months = q->n_months;
	m.slicing = q->slicing;
	m.geo = q->geo;
	m.cell_m = q->cell_m;
	m.west = q->west;
	m.south = q->south;
	m.cols = q->cols;
	m.rows = q->rows;
	m.n_areas = q->n_areas;
	m.areas = l.areas;
	m.n_places = q->n_places;
	m.areas_hash = bytes_of(q->areas_hash, QUERY_ID);
	m.rules_hash = bytes_of(q->rules_hash, QUERY_ID);
	m.c = q->c;
	m.k = q->k;
	m.d = q->d;
	m.g = q->g;
	m.strategy = q->strategy;
	m.noise = q->noise;
	m.n_level_places = q->n_levels;
	m.level_places = (uint32_t *)q->level_places;
	m.n_histograms = (size_t)q->n_histograms * HISTOGRAM_NUMBERS;
	m.histograms = l.histograms;
	m.charge_nrho = q->charge_nrho;
	m.charge_neps = q->charge_neps;
	m.charge_tv = q->charge_tv;
	m.mode = q->mode;
	m.n_nodes = q->n_nodes;
	m.nodes = l.nodes;
	return pack(out, len, &m.base);
}

/* The bytes of a query around those of its question. */
static enum err
query_write(uint8_t **out, size_t *len, const struct query *q,
    const uint8_t *question, size_t question_len)
{
	Ward__Query m = WARD__QUERY__INIT;

	m.version = q->version;
	m.title = (char *)q->title;
	m.purpose = (char *)q->purpose;
	m.project = (char *)q->project;
	m.researcher = (char *)q->researcher.s;
	m.roster_epoch = q->roster_epoch;
	m.roster_hash = bytes_of(q->roster_hash, QUERY_ID);
	m.created_at = q->created_at;
	m.not_after = q->not_after;
	m.send_at = q->send_at;
	m.close_at = q->close_at;
	m.quorum = q->quorum;
	m.question = bytes_of(question, question_len);
	return pack(out, len, &m.base);
}

/* Would the reader take these texts? */
static bool
texts_good(const struct query *q)
{
	return words_good(q->title, strlen(q->title)) &&
	       words_good(q->purpose, strlen(q->purpose)) &&
	       words_good(q->project, strlen(q->project));
}

enum err
codec_query_write(uint8_t **out, size_t *len, const struct query *q,
    uint8_t question_id[QUERY_ID])
{
	uint8_t *question;
	size_t n;
	enum err e = query_check(q);

	if (e != E_OK)
		return e;
	if (!texts_good(q))
		return E_RANGE;
	if ((e = question_write(&question, &n, &q->q)) != E_OK)
		return e;
	e = query_write(out, len, q, question, n);
	if (e == E_OK && question_id != NULL)
		hash_label(question_id, QUESTION_LABEL, question, n);
	free(question);
	return e;
}

enum err
codec_query_read(struct query *out, const uint8_t *buf, size_t len)
{
	struct query q;
	uint8_t question_id[QUERY_ID];
	uint8_t *again;
	size_t n;
	enum err e;

	if (len > CODEC_QUERY_MAX)
		return E_LIMIT;
	if ((e = query_decode(&q, buf, len)) != E_OK ||
	    (e = codec_query_write(&again, &n, &q, question_id)) != E_OK)
		return e;
	if (n != len || memcmp(again, buf, len) != 0)
		e = E_FORMAT;
	free(again);
	if (e != E_OK)
		return e;
	memcpy(q.question_id, question_id, QUERY_ID);
	memcpy(out, &q, sizeof(q)); /* padding too: it is all zeros */
	return E_OK;
}

size_t
codec_answer_size(uint32_t n_cells)
{
	size_t cells = 8 * (size_t)n_cells;
	size_t size = 3 * (1 + 1 + QUERY_ID) + (1 + 8) + 1 + cells;

	for (size_t left = cells; left >= 0x80; left >>= 7)
		size++; /* the length of the cells is a varint */
	return size + 1;
}

enum err
codec_answer_write(uint8_t **out, size_t *len, const struct answer *a)
{
	Ward__Answer m = WARD__ANSWER__INIT;
	enum err e;

	if (a->n_cells == 0 || a->n_cells > QUERY_ANSWER_MAX ||
	    !party_id_good(&a->node))
		return E_RANGE;
	m.query_id = bytes_of(a->query_id, QUERY_ID);
	m.question_id = bytes_of(a->question_id, QUERY_ID);
	m.node = bytes_of(a->node.s, PARTY_ID);
	m.epoch = a->epoch;
	m.n_cells = a->n_cells;
	m.cells = a->cells;
	if ((e = pack(out, len, &m.base)) != E_OK)
		return e;
	assert(*len == codec_answer_size(a->n_cells));
	return E_OK;
}

/*
 * The bytes of an answer, every one of them fixed but for the values (protobuf
 * encoding: a tag is number << 3 | wire type, 1 for eight bytes, 2 for a length
 * and so many bytes; fixed numbers are little-endian, packed ones stand behind
 * each other; protobuf.dev/programming-guides/encoding):
 *
 *	0a 20 query_id[32]	12 20 question_id[32]	1a 20 node[32]
 *	21 epoch[8]		2a varint(8 n) cells[8 n]
 */
enum {
	TAG_QUERY_ID = 1 << 3 | 2,
	TAG_QUESTION_ID = 2 << 3 | 2,
	TAG_NODE = 3 << 3 | 2,
	TAG_EPOCH = 4 << 3 | 1,
	TAG_CELLS = 5 << 3 | 2,
};

#define VARINT_BITS 28 /* four bytes: no answer's cells need more */

static_assert(8 * (uint64_t)QUERY_ANSWER_MAX < UINT64_C(1) << VARINT_BITS,
    "the length of the cells fits the varint that is read");

/* A reader of answers: good until a byte is not the one that must be there. */
struct answer_rd {
	struct rd rd;
	bool good;
};

static void
answer_byte(struct answer_rd *r, uint8_t must)
{
	if (rd_u8(&r->rd) != must)
		r->good = false;
}

/* The field of that tag: 32 bytes. */
static void
answer_bytes(struct answer_rd *r, uint8_t tag, void *out)
{
	answer_byte(r, tag);
	answer_byte(r, QUERY_ID);
	rd_copy(&r->rd, out, QUERY_ID);
}

static uint64_t
answer_fixed64(struct answer_rd *r)
{
	const uint8_t *at = rd_view(&r->rd, 8);
	uint64_t v = 0;

	for (size_t i = 8; at != NULL && i > 0; i--)
		v = v << 8 | at[i - 1];
	return v;
}

/* A number below 2^VARINT_BITS, in as few bytes as possible. */
static uint32_t
answer_varint(struct answer_rd *r)
{
	uint32_t v = 0;

	for (unsigned shift = 0; shift < VARINT_BITS; shift += 7) {
		uint8_t byte = rd_u8(&r->rd);

		v |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			if (byte == 0 && shift > 0)
				r->good = false;
			return v;
		}
	}
	r->good = false;
	return 0;
}

/* What stands before the cells, and how many bytes of them there are: as many
 * as are left. */
static enum err
answer_head(struct answer *a, size_t *cells_len, struct answer_rd *r)
{
	answer_bytes(r, TAG_QUERY_ID, a->query_id);
	answer_bytes(r, TAG_QUESTION_ID, a->question_id);
	answer_bytes(r, TAG_NODE, a->node.s);
	answer_byte(r, TAG_EPOCH);
	a->epoch = answer_fixed64(r);
	if (r->rd.err == E_OK && r->good && r->rd.left == 0)
		return E_RANGE; /* no cells */
	answer_byte(r, TAG_CELLS);
	*cells_len = answer_varint(r);
	if (r->rd.err != E_OK)
		return r->rd.err;
	if (!r->good || *cells_len % 8 != 0)
		return E_FORMAT;
	if (*cells_len != r->rd.left)
		return *cells_len > r->rd.left ? E_SHORT : E_TRAILING;
	if (*cells_len > 8 * (size_t)QUERY_ANSWER_MAX)
		return E_LIMIT;
	return *cells_len == 0 || !party_id_good(&a->node) ? E_RANGE : E_OK;
}

enum err
codec_answer_read(struct answer *out, const uint8_t *buf, size_t len)
{
	struct answer_rd r = { .rd = rd_over(buf, len), .good = true };
	struct answer a = { .cells = NULL };
	size_t cells_len = 0;
	enum err e;

	if (len > codec_answer_size(QUERY_ANSWER_MAX))
		return E_LIMIT;
	if ((e = answer_head(&a, &cells_len, &r)) != E_OK)
		return e;
	if ((a.cells = malloc(cells_len)) == NULL)
		return E_NOMEM;
	a.n_cells = (uint32_t)(cells_len / 8);
	for (uint32_t i = 0; i < a.n_cells; i++) {
		uint64_t v = answer_fixed64(&r);

		memcpy(&a.cells[i], &v, sizeof(v)); /* two's complement */
	}
	assert(rd_end(&r.rd) == E_OK);
	*out = a;
	return E_OK;
}
