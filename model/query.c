#include "model/query.h"

#include <string.h>

#include "base/utf8.h"
#include "model/grid.h"
#include "model/month.h"
#include "model/source.h"
#include "model/theme.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const geos[] = { NULL, "grid", "lsoa11", "msoa11", "lad",
	"force" };

/* Is every byte of p[n] zero? */
static bool
zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] != 0)
			return false;
	return true;
}

/* Is it text, then zeros to the end? */
static bool
text_good(const char text[QUERY_TITLE])
{
	size_t len = strnlen(text, QUERY_TITLE), n;

	if (len == QUERY_TITLE)
		return false;
	for (size_t i = 0; i < len; i += n)
		if ((n = utf8_len(text + i)) == 0)
			return false;
	return zero(text + len, QUERY_TITLE - len);
}

/* Is it a letter and eight digits, and NUL? */
static bool
gss_good(const char gss[GSS])
{
	if (gss[0] < 'A' || gss[0] > 'Z' || gss[GSS - 1] != '\0')
		return false;
	for (size_t i = 1; i < GSS - 1; i++)
		if (gss[i] < '0' || gss[i] > '9')
			return false;
	return true;
}

static bool
themes_good(const struct question *q)
{
	if (q->n_themes < 1 || q->n_themes > QUERY_THEMES_MAX)
		return false;
	for (size_t i = 0; i < q->n_themes; i++)
		if (q->themes[i] >= THEMES ||
		    (i > 0 && q->themes[i - 1] >= q->themes[i]))
			return false;
	return zero(q->themes + q->n_themes, QUERY_THEMES_MAX - q->n_themes);
}

static bool
months_good(const struct question *q)
{
	return q->n_months >= 1 && q->n_months <= QUERY_MONTHS_MAX &&
	       (uint32_t)q->first_month + q->n_months - 1 <= MONTH_MAX &&
	       (q->slicing == SLICE_SUM || q->slicing == SLICE_MONTH);
}

static bool
areas_good(const struct question *q)
{
	if (q->n_areas < 1 || q->n_areas > QUERY_AREAS_MAX)
		return false;
	for (size_t i = 0; i < q->n_areas; i++)
		if (!gss_good(q->areas[i]) ||
		    (i > 0 && strcmp(q->areas[i - 1], q->areas[i]) >= 0))
			return false;
	return zero(q->areas[q->n_areas],
	    sizeof(q->areas) - q->n_areas * sizeof(q->areas[0]));
}

static bool
places_good(const struct question *q)
{
	if (q->geo == GEO_GRID)
		return grid_good(q) && q->n_areas == 0 &&
		       zero(q->areas, sizeof(q->areas)) &&
		       zero(q->areas_hash, sizeof(q->areas_hash));
	if (q->geo < GEO_LSOA11 || q->geo > GEO_FORCE || q->cell_m != 0 ||
	    q->west != 0 || q->south != 0 || q->cols != 0 || q->rows != 0)
		return false;
	return areas_good(q) && q->n_places >= 1 &&
	       q->n_places < QUERY_CELLS_MAX;
}

/* The i-th level has as many places as it says, as far as can be told. */
static bool
level_good(const struct question *q, unsigned i)
{
	uint32_t side = UINT32_C(1) << i;

	if (q->geo != GEO_GRID)
		return q->geo + i <= GEO_FORCE && q->level_places[i] >= 1 &&
		       (i == 0 || q->level_places[i] <= q->level_places[i - 1]);
	return grid_level_good(q, i) &&
	       q->level_places[i] == q->cols / side * (q->rows / side);
}

static bool
levels_good(const struct question *q)
{
	if (q->n_levels < 1 || q->n_levels > QUERY_LEVELS_MAX ||
	    q->level_places[0] != q->n_places)
		return false;
	for (unsigned i = 0; i < q->n_levels; i++)
		if (!level_good(q, i))
			return false;
	return zero(q->level_places + q->n_levels,
	    sizeof(q->level_places) - q->n_levels * sizeof(q->level_places[0]));
}

/* With the parts checked: below 2^4 * 2^7 * 2^20 cells, so nothing wraps. */
static bool
cells_good(const struct question *q)
{
	return question_cells(q) <= QUERY_CELLS_MAX;
}

/* The axes that a histogram must keep apart: those of length 1. */
static unsigned
single_axes(const struct question *q)
{
	return (q->n_themes == 1 ? BY_THEME : 0U) |
	       (question_slices(q) == 1 ? BY_TIME : 0U);
}

/* Rises along the order that histograms stand in. */
static unsigned
rank(const struct histogram *h)
{
	return h->level * 4U + (BY_THEME | BY_TIME) - h->by;
}

static bool
nested_good(const struct question *q)
{
	const struct histogram *h = q->histograms;

	for (unsigned i = 0; i < q->n_histograms; i++)
		if (h[i].by > (BY_THEME | BY_TIME) ||
		    (h[i].by & single_axes(q)) != single_axes(q) ||
		    h[i].level >= q->n_levels || h[i].x != 0 || h[i].y != 0 ||
		    (i > 0 && rank(&h[i - 1]) >= rank(&h[i])))
			return false;
	return rank(&h[0]) == 0;
}

static bool
running_good(const struct question *q)
{
	const struct histogram *h = q->histograms;

	for (unsigned i = 0; i < q->n_histograms; i++)
		if (h[i].by != (BY_THEME | BY_TIME) || h[i].x != 0 ||
		    h[i].y != 0 ||
		    h[i].level > question_bits(question_slices(q)) ||
		    (i > 0 && h[i - 1].level >= h[i].level))
			return false;
	return h[0].level == 0 && q->slicing == SLICE_MONTH && q->n_levels == 1;
}

static bool
haar_good(const struct question *q)
{
	unsigned nx = question_bits(q->cols) + 1;
	unsigned ny = question_bits(q->rows) + 1;

	if (q->geo != GEO_GRID || q->n_levels != 1 ||
	    nx > QUERY_HAAR_BITS + 1 || ny > QUERY_HAAR_BITS + 1 ||
	    q->n_histograms != nx * ny)
		return false;
	for (unsigned i = 0; i < q->n_histograms; i++) {
		const struct histogram *h = &q->histograms[i];

		if (h->by != (BY_THEME | BY_TIME) || h->level != 0 ||
		    h->x != i % nx || h->y != i / nx)
			return false;
	}
	return true;
}

/* Is the noise one of ours, of a size, and only where its law is known? */
static bool
noise_good(const struct question *q)
{
	bool gauss = q->noise == NOISE_GAUSS;

	if (!gauss && q->noise != NOISE_LAPLACE &&
	    q->noise != NOISE_LAPLACE_PURE)
		return false;
	for (unsigned i = 0; i < q->n_histograms; i++)
		if (q->histograms[i].num == 0 || q->histograms[i].den == 0 ||
		    (!gauss && q->histograms[i].by != (BY_THEME | BY_TIME)))
			return false;
	return gauss ? q->charge_nrho >= 1 && q->charge_neps == 0
		     : q->charge_nrho == 0 && q->charge_neps >= 1;
}

static bool
histograms_good(const struct question *q)
{
	if (q->n_histograms < 1 || q->n_histograms > QUERY_HISTOGRAMS_MAX ||
	    !zero(q->histograms + q->n_histograms,
		sizeof(q->histograms) -
		    q->n_histograms * sizeof(q->histograms[0])))
		return false;
	switch (q->strategy) {
	case STRATEGY_NESTED:
		return nested_good(q) && noise_good(q);
	case STRATEGY_RUNNING:
		return running_good(q) && noise_good(q);
	case STRATEGY_HAAR:
		return haar_good(q) && noise_good(q);
	default:
		return false;
	}
}

static bool
law_good(const struct question *q)
{
	return q->c >= 1 && q->c <= QUERY_C_MAX && q->k >= 1 &&
	       q->k <= q->n_themes && q->d >= 1 && q->g >= 1 &&
	       q->mode == MODE_PER_NODE && histograms_good(q) &&
	       question_answer(q) <= QUERY_ANSWER_MAX;
}

static bool
nodes_good(const struct question *q)
{
	if (q->n_nodes < 1 || q->n_nodes > QUERY_NODES_MAX)
		return false;
	for (size_t i = 0; i < q->n_nodes; i++)
		if (!party_id_good(&q->nodes[i]) ||
		    (i > 0 && strcmp(q->nodes[i - 1].s, q->nodes[i].s) >= 0))
			return false;
	return zero(q->nodes + q->n_nodes,
	    sizeof(q->nodes) - q->n_nodes * sizeof(q->nodes[0]));
}

static bool
times_good(const struct query *q)
{
	return q->created_at <= q->send_at && q->send_at < q->close_at &&
	       q->close_at <= q->not_after &&
	       q->not_after - q->created_at <= QUERY_LIFE_S &&
	       q->not_after < month_start(MONTH_MAX);
}

enum err
query_check(const struct query *q)
{
	const struct question *qn = &q->q;

	if (q->version != QUERY_VERSION || !text_good(q->title) ||
	    !text_good(q->purpose) || !text_good(q->project) ||
	    !party_id_good(&q->researcher) || !times_good(q))
		return E_RANGE;
	if (qn->measure != MEASURE_COUNT || qn->sources == 0 ||
	    (qn->sources & ~SOURCE_ALL) != 0)
		return E_RANGE;
	if (!themes_good(qn) || !months_good(qn) || !places_good(qn) ||
	    !levels_good(qn) || !cells_good(qn) || !law_good(qn) ||
	    !nodes_good(qn))
		return E_RANGE;
	if (q->quorum < 1 || q->quorum > qn->n_nodes)
		return E_RANGE;
	return E_OK;
}

uint32_t
question_slices(const struct question *q)
{
	return q->slicing == SLICE_MONTH ? q->n_months : 1;
}

uint32_t
question_cells(const struct question *q)
{
	return q->n_themes * question_slices(q) * (q->n_places + 1);
}

unsigned
question_bits(uint32_t n)
{
	unsigned l = 0;

	while (UINT64_C(1) << l < n)
		l++;
	return l;
}

uint32_t
question_blocks(const struct question *q, unsigned level)
{
	uint32_t slices = question_slices(q), block = UINT32_C(1) << level;

	return slices / block + (slices % block != 0 ? 1 : 0);
}

/* Coefficients of band a of an axis of 2^bits cells: analysis/haar. */
static uint32_t
band_cells(unsigned bits, unsigned a)
{
	return a == bits ? 1 : UINT32_C(1) << (bits - a - 1);
}

uint32_t
question_histogram(const struct question *q, unsigned i)
{
	const struct histogram *h = &q->histograms[i];
	uint32_t themes = h->by & BY_THEME ? q->n_themes : 1;
	uint32_t slices = h->by & BY_TIME ? question_slices(q) : 1;

	if (q->strategy == STRATEGY_RUNNING)
		return themes * question_blocks(q, h->level) *
		       (q->n_places + 1);
	if (q->strategy == STRATEGY_HAAR)
		return themes * slices *
		       (band_cells(question_bits(q->cols), h->x) *
			       band_cells(question_bits(q->rows), h->y) +
			   (i + 1U == q->n_histograms ? 1 : 0));
	return themes * slices * (q->level_places[h->level] + 1);
}

/* Each histogram has at most 2^21 cells and there are at most 2^7. */
uint32_t
question_answer(const struct question *q)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < q->n_histograms; i++)
		n += question_histogram(q, i);
	return n;
}

uint32_t
question_cell(const struct question *q, uint32_t theme_index, uint32_t slice,
    uint32_t place)
{
	return (theme_index * question_slices(q) + slice) * (q->n_places + 1) +
	       place;
}

enum err
geo_parse(uint32_t *out, const char *s)
{
	for (uint32_t i = GEO_GRID; i < COUNT(geos); i++)
		if (strcmp(geos[i], s) == 0) {
			*out = i;
			return E_OK;
		}
	return E_NOTFOUND;
}

const char *
geo_text(uint32_t geo)
{
	return geo >= GEO_GRID && geo < COUNT(geos) ? geos[geo] : "?";
}

enum err
source_parse(uint32_t *out, const char *s)
{
	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1)
		if (strcmp(source_of(bit)->name, s) == 0) {
			*out = bit;
			return E_OK;
		}
	return E_NOTFOUND;
}

const char *
source_text(uint32_t one_source)
{
	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1)
		if (bit == one_source)
			return source_of(bit)->name;
	return "?";
}
