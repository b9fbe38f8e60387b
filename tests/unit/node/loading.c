#include "tests/unit/node/loading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/file.h"
#include "crypto/keyfile.h"
#include "node/records.h"

struct loading loading;

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
	c.data = WARD_DATA;
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
