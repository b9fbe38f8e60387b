#include "tests/unit/node/loading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/wr.h"
#include "cli/file.h"
#include "crypto/keyfile.h"
#include "node/records.h"

struct loading loading;
char loading_data[32];

/* Public files ------------------------------------------------------------- */

static const char *const links[] = { "osgb/ostn_east", "osgb/ostn_north",
	"areas/lsoa21.csv", "rules/themes.csv" };
static const char *const made[] = { "areas/lsoa11.csv",
	"boundaries/lsoa11.bin" };
static const char *const folders[] = { "osgb", "areas", "rules", "boundaries" };
#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *
in_data(char path[FILE_PATH], const char *name)
{
	assert_int_equal(file_path(path, loading_data, name), E_OK);
	return path;
}

/* Is the line of the lookup one that the tests need? */
static bool
needed(const char *line, const char *sample)
{
	static const char *const more[] = { "code,", "W0", "E01014370",
		"E01028040" };
	char code[11];

	for (size_t i = 0; i < N(more); i++)
		if (strncmp(line, more[i], strlen(more[i])) == 0)
			return true;
	snprintf(code, sizeof(code), ",%.9s", line);
	return strstr(sample, code) != NULL;
}

static void
write_areas(void)
{
	char *text, *sample, *line, *rest, path[FILE_PATH];
	size_t len, n = 0;
	FILE *f;

	assert_int_equal(file_read(&sample, &n, SAMPLE, 1 << 20), E_OK);
	assert_int_equal(
	    file_read(&text, &len, WARD_DATA "/areas/lsoa11.csv", 1 << 24),
	    E_OK);
	f = fopen(in_data(path, made[0]), "w");
	assert_non_null(f);
	for (rest = text; (line = strsep(&rest, "\n")) != NULL;)
		if (*line != '\0' && needed(line, sample))
			fprintf(f, "%s\n", line);
	assert_int_equal(fclose(f), 0);
	free(text);
	free(sample);
}

/* A square kilometre as the outline of an area; see model/boundary.c. */
static void
put_square(struct wr *w, const char *code, uint32_t east, uint32_t north)
{
	/* 0, 1000 north; 1000 east, 0; 0, 1000 south: two bytes each */
	static const uint8_t steps[] = { 0, 0xd0, 0x0f, 0xd0, 0x0f, 0, 0, 0xcf,
		0x0f };

	wr_bytes(w, code, 10);
	wr_be16(w, 1);
	wr_be16(w, 4);
	wr_u8(w, (uint8_t)(east >> 16));
	wr_be16(w, (uint16_t)east);
	wr_u8(w, (uint8_t)(north >> 16));
	wr_be16(w, (uint16_t)north);
	wr_bytes(w, steps, sizeof(steps));
}

static void
write_outlines(void)
{
	char path[FILE_PATH];
	uint8_t buf[128];
	struct wr w = wr_over(buf, sizeof(buf));

	wr_bytes(&w, "WARDOUT1", 8);
	wr_be32(&w, 2);
	put_square(&w, "W01000991", 284800, 193700);
	put_square(&w, "W01001842", 318000, 176000);
	assert_int_equal(w.err, E_OK);
	assert_int_equal(file_write(in_data(path, made[1]), buf, w.len), E_OK);
}

int
loading_start(void **state)
{
	char path[FILE_PATH], from[FILE_PATH];

	(void)state;
	strcpy(loading_data, "/tmp/ward-data-XXXXXX");
	if (mkdtemp(loading_data) == NULL)
		return -1;
	for (size_t i = 0; i < N(folders); i++)
		if (mkdir(in_data(path, folders[i]), 0700) != 0)
			return -1;
	for (size_t i = 0; i < N(links); i++)
		if (file_path(from, WARD_DATA, links[i]) != E_OK ||
		    symlink(from, in_data(path, links[i])) != 0)
			return -1;
	write_areas();
	write_outlines();
	return 0;
}

int
loading_stop(void **state)
{
	char path[FILE_PATH];

	(void)state;
	for (size_t i = 0; i < N(links); i++)
		unlink(in_data(path, links[i]));
	for (size_t i = 0; i < N(made); i++)
		unlink(in_data(path, made[i]));
	for (size_t i = 0; i < N(folders); i++)
		rmdir(in_data(path, folders[i]));
	return rmdir(loading_data);
}

/* A test's folder -----------------------------------------------------------
 */

enum err
loading_now(void *ctx, uint64_t *utc_s)
{
	(void)ctx;
	*utc_s = NOW;
	return E_OK;
}

static enum err
read_rules(void)
{
	char *text;
	size_t len, line;
	enum err e =
	    file_read(&text, &len, WARD_DATA "/rules/themes.csv", 1 << 20);

	if (e != E_OK)
		return e;
	e = themes_parse(&loading.rules, text, len, &line);
	free(text);
	return e;
}

int
loading_set_up(void **state)
{
	static const uint8_t secret[32] = { 1, 2, 3 };
	struct loading *l = &loading;

	(void)state;
	strcpy(l->dir, "/tmp/ward-load-XXXXXX");
	if (mkdtemp(l->dir) == NULL)
		return -1;
	snprintf(l->db, sizeof(l->db), "%s/records.db", l->dir);
	snprintf(l->key, sizeof(l->key), "%s/store.key", l->dir);
	snprintf(l->extract, sizeof(l->extract), "%s/extract.csv", l->dir);
	snprintf(l->packed, sizeof(l->packed), "%s/extract.csv.zst", l->dir);
	snprintf(l->places, sizeof(l->places), "%s/places.csv", l->dir);
	l->now = loading_now;
	if (read_rules() != E_OK)
		return -1;
	return keyfile_save(l->key, "store", secret, 32) == E_OK ? 0 : -1;
}

void
loading_forget(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char path[80];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", loading.db, ends[i]);
		unlink(path);
	}
}

int
loading_tear_down(void **state)
{
	(void)state;
	loading_forget();
	unlink(loading.key);
	unlink(loading.extract);
	unlink(loading.packed);
	unlink(loading.places);
	themes_free(loading.rules);
	return rmdir(loading.dir);
}

void
loading_write(const char *path, const void *p, size_t n)
{
	assert_int_equal(file_write(path, p, n), E_OK);
}

enum err
load_as(struct load_config c, struct report *r)
{
	const char *extract = loading.extract;
	enum err e;

	if (c.loader == NULL)
		c.loader = load_loader("police");
	if (c.act == 0)
		c.act = RECORDS_ADD;
	if (c.n_paths == 0) {
		c.paths = &extract;
		c.n_paths = 1;
	}
	c.data = loading_data;
	c.where = loading.db;
	c.key = loading.key;
	c.when = loading.now;
	e = load_files(&c, r);
	if (r->n_files > 0)
		report_end(r);
	return e;
}

enum err
load_path(const char *path, struct report *r)
{
	return load_as((struct load_config){ .paths = &path, .n_paths = 1 }, r);
}

enum err
load_bytes(const void *p, size_t n, struct report *r)
{
	loading_write(loading.extract, p, n);
	return load_path(loading.extract, r);
}

enum err
load_text(const char *text, struct report *r)
{
	return load_bytes(text, strlen(text), r);
}

/* The records, to read, or NULL: there are none. */
static struct records *
open_records(void)
{
	struct records *records = NULL;
	uint8_t secret[KEYS_STORE];
	struct keys keys;
	enum err e;

	assert_int_equal(
	    keyfile_load(loading.key, "store", secret, sizeof(secret)), E_OK);
	keys_derive(&keys, secret);
	e = records_open(&records, loading.db, RECORDS_COUNT, &keys);
	assert_true(e == E_OK || e == E_NOTFOUND);
	return records;
}

uint64_t
held(void)
{
	struct records *records = open_records();
	struct records_size size = { 0 };

	if (records == NULL)
		return 0;
	assert_int_equal(records_size(records, &size), E_OK);
	records_close(records);
	return size.records;
}

static enum err
add_to_list(void *ctx, const struct incident *i)
{
	struct list *l = ctx;

	assert_true(l->n < sizeof(l->i) / sizeof(l->i[0]));
	l->i[l->n++] = *i;
	return E_OK;
}

void
read_all(struct list *l)
{
	struct records *records = open_records();

	l->n = 0;
	assert_non_null(records);
	assert_int_equal(
	    records_each(records, 612, 12, UINT64_MAX, add_to_list, l), E_OK);
	records_close(records);
}

const struct incident *
by_month_and_area(
    const struct list *l, uint16_t month, const char *area, bool point)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->i[i].month == month && l->i[i].has_point == point &&
		    strcmp(l->i[i].area, area) == 0)
			return &l->i[i];
	fail_msg("no record of %u in %s", month, area);
	return NULL;
}

uint32_t
themes(const struct incident *i)
{
	return themes_of(loading.rules, &i->kind);
}

char *
text_of(const struct report *r)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	report_text(r, f);
	fclose(f);
	return text;
}

void
expect_text(const struct report *r, const char *words)
{
	char *text = text_of(r);

	if (strstr(text, words) == NULL)
		fail_msg("\"%s\" is not in:\n%s", words, text);
	free(text);
}
