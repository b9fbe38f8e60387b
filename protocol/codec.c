#include "protocol/codec.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "protocol/ward.pb-c.h"
#include "protocol/words.h"

#define QUESTION_LABEL "ward/question/1"
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
	q->s2_num = m->s2_num;
	q->s2_den = m->s2_den;
	q->charge_nrho = m->charge_nrho;
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
	    (e = take_nodes(q, m)) != E_OK ||
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
	m.s2_num = q->s2_num;
	m.s2_den = q->s2_den;
	m.charge_nrho = q->charge_nrho;
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

	if (a->n_cells == 0 || a->n_cells > QUERY_CELLS_MAX ||
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

/* The fields of m into *a, the cells with it: m has none afterwards. */
static enum err
answer_take(struct answer *a, Ward__Answer *m)
{
	enum err e;

	if (m->n_cells > QUERY_CELLS_MAX)
		return E_LIMIT;
	if (m->n_cells == 0)
		return E_RANGE;
	if ((e = take_bytes(a->query_id, QUERY_ID, &m->query_id)) != E_OK ||
	    (e = take_bytes(a->question_id, QUERY_ID, &m->question_id)) !=
		E_OK ||
	    (e = take_bytes(a->node.s, PARTY_ID, &m->node)) != E_OK)
		return e;
	a->epoch = m->epoch;
	a->n_cells = (uint32_t)m->n_cells;
	a->cells = m->cells;
	m->cells = NULL;
	m->n_cells = 0;
	return E_OK;
}

enum err
codec_answer_read(struct answer *out, const uint8_t *buf, size_t len)
{
	struct answer a = { .cells = NULL };
	ProtobufCMessage *base = NULL;
	uint8_t *again = NULL;
	size_t n;
	enum err e;

	if (len > codec_answer_size(QUERY_CELLS_MAX))
		return E_LIMIT;
	if ((e = unpack(&base, &ward__answer__descriptor, buf, len)) != E_OK ||
	    (e = answer_take(&a, (Ward__Answer *)(void *)base)) != E_OK ||
	    (e = codec_answer_write(&again, &n, &a)) != E_OK)
		goto out;
	if (n != len || memcmp(again, buf, len) != 0) {
		e = E_FORMAT;
		goto out;
	}
	*out = a;
	a.cells = NULL;
out:
	free(again);
	free(a.cells);
	unpack_free(base);
	return e;
}
