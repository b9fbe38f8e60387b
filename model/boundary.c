/*
 * Squares of 1 km list the areas whose rectangle touches them, with what of it
 * lies in the square.  A point is looked for in those of its square, two on
 * average once their rectangles have been asked.  Time goes into waiting for
 * memory, so corners are unpacked once, 4 bytes each, as metres from the south
 * west of their area; northings lie apart, because most edges lie above or
 * below a point, which they alone say, sixteen at a time.
 */
#include "model/boundary.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/rd.h"
#include "model/grid.h"

#define MAGIC "WARDOUT1"
#define AREAS_MAX 65536
#define CODE 10               /* bytes of a code with its NUL */
#define EXTENT 65536          /* metres: no area is wider or higher */
#define HALF 32768            /* of it */
#define LISTED_MAX (1U << 22) /* areas in all squares together */
#define SQUARE 1000           /* metres */
#define COLS (GRID_EAST_MAX / SQUARE)
#define ROWS (GRID_NORTH_MAX / SQUARE)
#define SQUARES (COLS * ROWS)
#define LINE 64  /* bytes of a cache's line */
#define AHEAD 64 /* northings looked at at once, there or not */

struct corner {
	int32_t east, north;
};

struct rect { /* its edges included */
	int32_t w, s, e, n;
};

struct outline { /* 32 bytes, so that none lies in two lines of a cache */
	char code[CODE];
	uint16_t wide, high; /* the rectangle, its edges included */
	uint16_t n_rings;
	uint32_t ring;  /* its first in ring_ends */
	uint32_t start; /* its first corner */
	int32_t w, s;   /* the rectangle's corner */
};

struct listed { /* an area in a square; metres from its south west */
	uint16_t area;
	uint16_t w, s, e, n; /* likewise included */
};

struct boundary {
	struct outline *areas;  /* [n_areas], strictly rising by code */
	struct corner *corners; /* only while they are read */
	uint16_t *east;         /* from the area's west */
	int16_t *north; /* from its south less 32768; AHEAD more than corners */
	uint32_t *ring_ends; /* where in corners the ring ends; it starts where
			      * the one before ends */
	uint32_t *squares;   /* [SQUARES + 2]: where in listed each starts; one
			      * more that is empty, off the grid */
	struct listed *listed;
	uint32_t n_areas, n_corners, n_rings;
};

/* Reading ---------------------------------------------------------------- */

/* Seven bits a byte, the lowest first, in at most three; the sign is the lowest
 * bit. */
static int32_t
rd_step(struct rd *r)
{
	uint32_t n = 0;

	for (unsigned shift = 0; shift < 21; shift += 7) {
		uint32_t b = rd_u8(r);

		n |= (b & 127) << shift;
		if (b < 128)
			return (n & 1) == 0 ? (int32_t)(n >> 1)
					    : -(int32_t)(n >> 1) - 1;
	}
	r->err = E_FORMAT;
	return 0;
}

static uint32_t
rd_be24(struct rd *r)
{
	uint32_t high = rd_u8(r);

	return high << 16 | rd_be16(r);
}

static bool
on_grid(struct corner c)
{
	return c.east >= 0 && c.east < GRID_EAST_MAX && c.north >= 0 &&
	       c.north < GRID_NORTH_MAX;
}

/* Appends a corner, which the rectangle r grows to hold. */
static void
add_corner(struct boundary *b, struct rect *r, struct corner c)
{
	b->corners[b->n_corners++] = c;
	if (c.east < r->w)
		r->w = c.east;
	if (c.east > r->e)
		r->e = c.east;
	if (c.north < r->s)
		r->s = c.north;
	if (c.north > r->n)
		r->n = c.north;
}

/* A ring of an area, which lies in *rect then. */
static enum err
read_ring(struct boundary *b, struct rect *rect, struct rd *r)
{
	uint32_t n = rd_be16(r);
	struct corner c;

	c.east = (int32_t)rd_be24(r);
	c.north = (int32_t)rd_be24(r);
	if (r->err != E_OK || n < 3 || !on_grid(c))
		return E_FORMAT;
	add_corner(b, rect, c);
	for (uint32_t i = 1; i < n; i++) {
		c.east += rd_step(r);
		c.north += rd_step(r);
		if (r->err != E_OK || !on_grid(c))
			return E_FORMAT;
		add_corner(b, rect, c);
	}
	b->ring_ends[b->n_rings++] = b->n_corners;
	return E_OK;
}

static bool
code_good(const uint8_t *s)
{
	if (s[0] < 'A' || s[0] > 'Z' || s[CODE - 1] != '\0')
		return false;
	for (size_t i = 1; i < CODE - 1; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* The corners from start on, which lie in rect, as metres from its south west.
 */
static void
keep_corners(struct boundary *b, uint32_t start, const struct rect *rect)
{
	for (uint32_t i = start; i < b->n_corners; i++) {
		b->east[i] = (uint16_t)(b->corners[i].east - rect->w);
		b->north[i] = (int16_t)(b->corners[i].north - rect->s - HALF);
	}
}

/* The next area. */
static enum err
read_area(struct boundary *b, struct rd *r)
{
	const uint8_t *code = rd_view(r, CODE);
	uint32_t rings = rd_be16(r), start = b->n_corners;
	struct rect rect = { INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN };
	struct outline *o = &b->areas[b->n_areas];
	enum err e;

	if (r->err != E_OK || rings == 0 || !code_good(code))
		return E_FORMAT;
	*o = (struct outline){
		.n_rings = (uint16_t)rings, .ring = b->n_rings, .start = start
	};
	memcpy(o->code, code, CODE);
	if (b->n_areas > 0 && strcmp(o[-1].code, o->code) >= 0)
		return E_FORMAT;
	for (uint32_t i = 0; i < rings; i++)
		if ((e = read_ring(b, &rect, r)) != E_OK)
			return e;
	if (rect.e - rect.w >= EXTENT || rect.n - rect.s >= EXTENT)
		return E_FORMAT;
	o->w = rect.w;
	o->s = rect.s;
	o->wide = (uint16_t)(rect.e - rect.w);
	o->high = (uint16_t)(rect.n - rect.s);
	keep_corners(b, start, &rect);
	b->n_areas++;
	return E_OK;
}

/* Room for any n areas of len bytes: a corner takes two at least, a ring of
 * three corners twelve. */
static enum err
make_room(struct boundary *b, size_t n, size_t len)
{
	static_assert(sizeof(*b->areas) == LINE / 2, "two in a line");
	b->areas = aligned_alloc(LINE, (n + 1) / 2 * LINE);
	b->corners = malloc((len / 2 + 1) * sizeof(*b->corners));
	b->east = malloc((len / 2 + 1) * sizeof(*b->east));
	b->north = calloc(len / 2 + 1 + AHEAD, sizeof(*b->north));
	b->ring_ends = malloc((len / 12 + 1) * sizeof(*b->ring_ends));
	b->squares = calloc(SQUARES + 2, sizeof(*b->squares));
	return b->areas == NULL || b->corners == NULL || b->east == NULL ||
		       b->north == NULL || b->ring_ends == NULL ||
		       b->squares == NULL
		   ? E_NOMEM
		   : E_OK;
}

static enum err
read_all(struct boundary *b, const uint8_t *bytes, size_t len)
{
	struct rd r = rd_over(bytes, len);
	const uint8_t *magic = rd_view(&r, strlen(MAGIC));
	uint32_t n = rd_be32(&r);
	enum err e;

	if (r.err != E_OK || memcmp(magic, MAGIC, strlen(MAGIC)) != 0 ||
	    n == 0 || n > AREAS_MAX || len > BOUNDARY_BYTES)
		return E_FORMAT;
	if ((e = make_room(b, n, len)) != E_OK)
		return e;
	for (uint32_t i = 0; i < n; i++)
		if ((e = read_area(b, &r)) != E_OK)
			return e;
	return rd_end(&r) == E_OK ? E_OK : E_FORMAT;
}

/* Squares ---------------------------------------------------------------- */

/* Calls each(b, square, area) for the squares that the area touches. */
static void
for_squares(struct boundary *b, uint32_t area,
    void (*each)(struct boundary *b, uint32_t square, uint32_t area))
{
	const struct outline *o = &b->areas[area];

	int32_t east = o->w + o->wide, north = o->s + o->high;

	for (int32_t row = o->s / SQUARE; row <= north / SQUARE; row++)
		for (int32_t col = o->w / SQUARE; col <= east / SQUARE; col++)
			each(b, (uint32_t)(row * COLS + col), area);
}

static void
count_one(struct boundary *b, uint32_t square, uint32_t area)
{
	(void)area;
	b->squares[square]++;
}

/* A coordinate, or the nearest one of [at, at + SQUARE), from at. */
static uint16_t
clip(int32_t v, uint32_t at)
{
	int32_t from = v - (int32_t)at;

	return (uint16_t)(from < 0 ? 0 : from >= SQUARE ? SQUARE - 1 : from);
}

/* squares[i] is where i ends when the last of its areas goes in first. */
static void
list_one(struct boundary *b, uint32_t square, uint32_t area)
{
	const struct outline *o = &b->areas[area];
	uint32_t west = square % COLS * SQUARE, south = square / COLS * SQUARE;

	b->listed[--b->squares[square]] = (struct listed){ (uint16_t)area,
		clip(o->w, west), clip(o->s, south), clip(o->w + o->wide, west),
		clip(o->s + o->high, south) };
}

/* Fills squares and listed, each square's areas rising. */
static enum err
list_areas(struct boundary *b)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < b->n_areas; i++)
		for_squares(b, i, count_one);
	for (uint32_t i = 0; i <= SQUARES + 1; i++) {
		total += b->squares[i];
		b->squares[i] = (uint32_t)total;
		if (total > LISTED_MAX)
			return E_FORMAT;
	}
	if ((b->listed = malloc((size_t)total * sizeof(*b->listed))) == NULL)
		return E_NOMEM;
	for (uint32_t i = b->n_areas; i-- > 0;)
		for_squares(b, i, list_one);
	return E_OK;
}

enum err
boundary_parse(struct boundary **out, const uint8_t *bytes, size_t len)
{
	struct boundary *b = calloc(1, sizeof(*b));
	enum err e;

	if (b == NULL)
		return E_NOMEM;
	if ((e = read_all(b, bytes, len)) != E_OK ||
	    (e = list_areas(b)) != E_OK) {
		boundary_free(b);
		return e;
	}
	free(b->corners);
	b->corners = NULL;
	*out = b;
	return E_OK;
}

void
boundary_free(struct boundary *b)
{
	if (b == NULL)
		return;
	free(b->areas);
	free(b->corners);
	free(b->east);
	free(b->north);
	free(b->ring_ends);
	free(b->squares);
	free(b->listed);
	free(b);
}

/* Points ----------------------------------------------------------------- */

/* Bit i: north[i] > p, for the first n of north[AHEAD]. */
static uint64_t
above(const int16_t *north, uint32_t n, int16_t p)
{
	uint64_t bits = 0;
#ifdef __SSE2__
	const __m128i level = _mm_set1_epi16(p);

	for (uint32_t i = 0; i < n; i += 16) {
		const __m128i *v = (const __m128i *)(const void *)(north + i);
		__m128i both =
		    _mm_packs_epi16(_mm_cmpgt_epi16(_mm_loadu_si128(v), level),
			_mm_cmpgt_epi16(_mm_loadu_si128(v + 1), level));

		bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(both) << i;
	}
#else
	for (uint32_t i = 0; i < n; i++)
		bits |= (uint64_t)(north[i] > p) << i;
#endif
	return n < 64 ? bits & ((UINT64_C(1) << n) - 1) : bits;
}

/* Does the edge between two corners of an area, one above p and one not, lie
 * east of p, from the area's south west, by a ray that goes there?  A corner
 * belongs to the edge above it, and a point on an edge lies not west of it: so
 * says either of two areas that share the edge, whichever way they walk. */
static bool
east_of(const struct boundary *b, uint32_t from, uint32_t to, struct corner p)
{
	int64_t east = b->east[from], north = b->north[from] + HALF;
	int64_t across = b->east[to] - east;
	int64_t up = b->north[to] + HALF - north;
	int64_t side = across * (p.north - north) - (p.east - east) * up;

	return up > 0 ? side > 0 : side < 0;
}

/* Does a ring, the corners [start, end), go round p an odd number of times? */
static bool
goes_round(
    const struct boundary *b, uint32_t start, uint32_t end, struct corner p)
{
	int16_t level = (int16_t)(p.north - HALF);
	uint64_t before = b->north[end - 1] > level;
	bool odd = false;

	for (uint32_t at = start, n; at < end; at += n) {
		uint64_t up, cross;

		n = end - at < AHEAD ? end - at : AHEAD;
		up = above(b->north + at, n, level);
		cross = up ^ (up << 1 | before);
		if (n < 64)
			cross &= (UINT64_C(1) << n) - 1;
		before = up >> (n - 1);
		for (; cross != 0; cross &= cross - 1) {
			uint32_t i = at + (uint32_t)__builtin_ctzll(cross);

			odd ^= east_of(b, i == start ? end - 1 : i - 1, i, p);
		}
	}
	return odd;
}

/* Even-odd rule over all rings of an area: a hole is a ring like any.  p lies
 * in its rectangle. */
static bool
holds(const struct boundary *b, const struct outline *o, struct corner p)
{
	const uint32_t *end = b->ring_ends + o->ring;
	uint32_t at = o->start;
	bool inside = false;

	p.east -= o->w;
	p.north -= o->s;
	for (uint32_t i = 0; i < o->n_rings; i++) {
		inside ^= goes_round(b, at, end[i], p);
		at = end[i];
	}
	return inside;
}

/* A point that is looked for beside others. */
struct search {
	struct corner p;
	uint32_t at, end; /* what is left of listed */
};

/* Is the point in the rectangle of the area that is next? */
static bool
may_hold(const struct boundary *b, const struct search *s)
{
	const struct listed *l = &b->listed[s->at];
	int32_t x = s->p.east % SQUARE, y = s->p.north % SQUARE;

	return x >= l->w && x <= l->e && y >= l->s && y <= l->n;
}

/* Passes over areas whose rectangle does not hold the point; false: none is
 * left. */
static bool
pass(const struct boundary *b, struct search *s)
{
	while (s->at < s->end && !may_hold(b, s))
		s->at++;
	return s->at < s->end;
}

/* Sends for what holds will look at. */
static void
fetch(const struct boundary *b, const struct search *s)
{
	const struct outline *o = &b->areas[b->listed[s->at].area];
	const char *north = (const char *)(b->north + o->start);

	__builtin_prefetch(&b->ring_ends[o->ring]);
	__builtin_prefetch(north);
	__builtin_prefetch(north + LINE);
	__builtin_prefetch(b->east + o->start);
}

static const char *
decide(const struct boundary *b, struct search *s)
{
	for (; pass(b, s); s->at++) {
		const struct outline *o = &b->areas[b->listed[s->at].area];

		if (holds(b, o, s->p))
			return o->code;
	}
	return NULL;
}

/* Each step asks of all points for what the next one looks at, so that the
 * memory of many is waited for at once. */
static void
find_all(
    const struct boundary *b, struct search *s, size_t n, const char **codes)
{
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(&b->squares[s[i].at]);
	for (size_t i = 0; i < n; i++) {
		s[i].end = b->squares[s[i].at + 1];
		s[i].at = b->squares[s[i].at];
		__builtin_prefetch(&b->listed[s[i].at]);
	}
	for (size_t i = 0; i < n; i++)
		if (pass(b, &s[i]))
			__builtin_prefetch(&b->areas[b->listed[s[i].at].area]);
	for (size_t i = 0; i < n; i++)
		if (s[i].at < s[i].end)
			fetch(b, &s[i]);
	for (size_t i = 0; i < n; i++)
		codes[i] = decide(b, &s[i]);
}

void
boundary_lsoas(const struct boundary *b, const char **codes,
    const struct boundary_point *points, size_t n)
{
	struct search s[BOUNDARY_BATCH];

	for (size_t done = 0, some; done < n; done += some) {
		some = n - done < BOUNDARY_BATCH ? n - done : BOUNDARY_BATCH;
		for (size_t i = 0; i < some; i++) {
			uint32_t east = points[done + i].east;
			uint32_t north = points[done + i].north;
			bool off =
			    east >= GRID_EAST_MAX || north >= GRID_NORTH_MAX;

			/* the last square is empty */
			s[i].p =
			    (struct corner){ (int32_t)east, (int32_t)north };
			s[i].at = off ? SQUARES
				      : north / SQUARE * COLS + east / SQUARE;
		}
		find_all(b, s, some, codes + done);
	}
}

const char *
boundary_lsoa(const struct boundary *b, uint32_t east, uint32_t north)
{
	const struct boundary_point p = { east, north };
	const char *code;

	boundary_lsoas(b, &code, &p, 1);
	return code;
}

const char *
boundary_code(const struct boundary *b, uint32_t i)
{
	return i < b->n_areas ? b->areas[i].code : NULL;
}
