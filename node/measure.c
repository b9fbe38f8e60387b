#include "node/measure.h"

#include <stdlib.h>
#include <string.h>

/* Nested levels and blocks of time ------------------------------------ */

struct fold {                 /* of the counts into one histogram */
	bool theme, time;     /* kept apart */
	unsigned block_bits;  /* 2^block_bits slices are one block */
	uint32_t blocks;      /* of time */
	const uint32_t *node; /* [n_places + 1]: of a place, "not placed" */
	uint32_t nodes;
};

/* Adds the counts of one theme and slice to row[f->nodes]. */
static void
add_row(int64_t *row, const uint32_t *counts, const struct fold *f, uint32_t n)
{
	for (uint32_t place = 0; place < n; place++)
		row[f->node[place]] += counts[place];
}

static void
fold_counts(int64_t *out, const uint32_t *counts, const struct question *q,
    const struct fold *f)
{
	uint32_t slices = question_slices(q), n = q->n_places + 1;

	for (uint32_t t = 0; t < q->n_themes; t++)
		for (uint32_t s = 0; s < slices; s++) {
			size_t theme = f->theme ? t : 0;
			size_t block = f->time ? s >> f->block_bits : 0;

			add_row(out + (theme * f->blocks + block) * f->nodes,
			    counts + (size_t)question_cell(q, t, s, 0), f, n);
		}
}

/* The i-th histogram, whose places node[] puts on its level. */
static struct fold
fold_of(const struct question *q, const struct ladder *l, unsigned i,
    const uint32_t *node)
{
	const struct histogram *h = &q->histograms[i];
	bool running = q->strategy == STRATEGY_RUNNING;
	struct fold f = { .theme = (h->by & BY_THEME) != 0,
		.time = (h->by & BY_TIME) != 0,
		.block_bits = running ? h->level : 0,
		.blocks = 1,
		.node = node,
		.nodes = l->n[running ? 0 : h->level] };

	if (f.time)
		f.blocks = question_blocks(q, f.block_bits);
	return f;
}

/* From places on one level to places on the next. */
static void
climb(uint32_t *node, uint32_t n, const uint32_t *parent)
{
	for (uint32_t i = 0; i < n; i++)
		node[i] = parent[node[i]];
}

static enum err
measure_folds(int64_t *out, const uint32_t *counts, const struct question *q,
    const struct ladder *l)
{
	uint32_t n = l->n[0], *node = malloc(n * sizeof(*node));
	unsigned level = 0;

	if (node == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		node[i] = i;
	memset(out, 0, question_answer(q) * sizeof(*out));
	for (unsigned i = 0; i < q->n_histograms; i++) {
		struct fold f;

		while (q->strategy == STRATEGY_NESTED &&
		       level < q->histograms[i].level)
			climb(node, n, l->parent[level++]);
		f = fold_of(q, l, i, node);
		fold_counts(out, counts, q, &f);
		out += question_histogram(q, i);
	}
	free(node);
	return E_OK;
}

/* Haar bands ---------------------------------------------------------- */

struct grid { /* of 2^lx columns and 2^ly rows */
	unsigned lx, ly;
	int64_t *cells; /* SECRET */
};

/* Rows a and b of n cells become their sum and their difference. */
static void
butterfly(int64_t *a, int64_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t first = a[i];

		a[i] = first + b[i];
		b[i] = first - b[i];
	}
}

/* The transform of 2^bits rows of n cells each, down every column, in place:
 * after the step of h rows every 2h-th holds the sum of a block of 2h, and that
 * h rows further the first half less the second. */
static void
transform(int64_t *cells, unsigned bits, size_t n)
{
	size_t rows = (size_t)1 << bits;

	for (size_t h = 1; h < rows; h *= 2)
		for (size_t i = 0; i < rows; i += 2 * h)
			butterfly(cells + i * n, cells + (i + h) * n, n);
}

/* Where transform leaves the j-th coefficient of band a of 2^bits. */
static size_t
position(unsigned bits, unsigned a, size_t j)
{
	return a == bits ? 0 : (2 * j + 1) << a;
}

static size_t
band_size(unsigned bits, unsigned a)
{
	return a == bits ? 1 : (size_t)1 << (bits - a - 1);
}

/* All bands of the counts of one theme and slice, in g->cells. */
static void
transform_grid(
    const struct grid *g, const uint32_t *counts, const struct question *q)
{
	size_t width = (size_t)1 << g->lx, height = (size_t)1 << g->ly;

	memset(g->cells, 0, width * height * sizeof(*g->cells));
	for (size_t row = 0; row < q->rows; row++)
		for (size_t col = 0; col < q->cols; col++)
			g->cells[row * width + col] =
			    counts[row * q->cols + col];
	transform(g->cells, g->ly, width);
	for (size_t row = 0; row < height; row++)
		transform(g->cells + row * width, g->lx, 1);
}

/* One band of g, its rows from the south. */
static void
copy_band(int64_t *out, const struct grid *g, const struct histogram *h)
{
	size_t nx = band_size(g->lx, h->x), ny = band_size(g->ly, h->y);

	for (size_t j = 0; j < ny; j++) {
		const int64_t *row =
		    g->cells + (position(g->ly, h->y, j) << g->lx);

		for (size_t i = 0; i < nx; i++)
			*out++ = row[position(g->lx, h->x, i)];
	}
}

/* The bands of the i-th theme and slice, each at its place in the histogram of
 * its band; not_placed after the last. */
static void
copy_bands(int64_t *out, const struct grid *g, const struct question *q,
    uint32_t i, uint32_t not_placed)
{
	uint32_t n = q->n_themes * question_slices(q);

	for (unsigned band = 0; band < q->n_histograms; band++) {
		uint32_t cells = question_histogram(q, band);
		int64_t *at = out + (size_t)i * (cells / n);

		copy_band(at, g, &q->histograms[band]);
		if (band + 1U == q->n_histograms)
			at[cells / n - 1] = not_placed;
		out += cells;
	}
}

static enum err
measure_haar(int64_t *out, const uint32_t *counts, const struct question *q)
{
	struct grid g = { .lx = question_bits(q->cols),
		.ly = question_bits(q->rows) };
	size_t bytes = sizeof(*g.cells) << (g.lx + g.ly);

	if ((g.cells = malloc(bytes)) == NULL)
		return E_NOMEM;
	for (uint32_t i = 0; i < q->n_themes * question_slices(q); i++) {
		transform_grid(&g, counts, q);
		copy_bands(out, &g, q, i, counts[q->n_places]);
		counts += q->n_places + 1;
	}
	explicit_bzero(g.cells, bytes);
	free(g.cells);
	return E_OK;
}

enum err
measure_counts(int64_t *out, const uint32_t *counts, const struct question *q,
    const struct ladder *l)
{
	if (q->strategy == STRATEGY_HAAR)
		return measure_haar(out, counts, q);
	return measure_folds(out, counts, q, l);
}
