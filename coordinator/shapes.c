#include "coordinator/shapes.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#define SHAPE_LINE ((size_t)1024 * 1024)
#define WINDOW_LOG 27 /* the files are made with zstd --long=27 */
#define CODE_MAX 32

/* Append p[0, n), the coordinates of a Polygon (or, with multi, of a
 * MultiPolygon). */
static void
add(struct shape *s, const char *p, size_t n, bool multi)
{
	if (multi && n >= 2) {
		p++;
		n -= 2;
	}
	if (s->polygons.len > 0)
		text_bytes(&s->polygons, ",", 1);
	text_bytes(&s->polygons, p, n);
}

void
shape_write(const struct shape *s, struct text *out)
{
	if (s->polygons.len == 0) {
		text_add(out, "null");
		return;
	}
	text_add(out, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
	text_bytes(out, s->polygons.p, s->polygons.len);
	text_add(out, "]}");
}

/* What follows word in [p, end), or NULL. */
static const char *
after(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);
	const char *at = memmem(p, (size_t)(end - p), word, n);

	return at == NULL ? NULL : at + n;
}

/* The area's code: the first "id" or "code" of the feature. */
static bool
line_code(const char *p, const char *end, char out[CODE_MAX])
{
	const char *at = after(p, end, "\"id\":\"");
	const char *quote;

	if (at == NULL)
		at = after(p, end, "\"code\":\"");
	if (at == NULL)
		return false;
	quote = memchr(at, '"', (size_t)(end - at));
	if (quote == NULL || quote - at >= CODE_MAX)
		return false;
	memcpy(out, at, (size_t)(quote - at));
	out[quote - at] = '\0';
	return true;
}

/* One line: if it is a feature that is wanted, keep its outline. */
static void
take_line(const char *p, const char *end, const struct shape_sink *sink)
{
	const char *at;
	struct shape *s;
	char code[CODE_MAX];
	bool multi = false;

	if (!line_code(p, end, code) || (s = sink->of(sink->ctx, code)) == NULL)
		return;
	at = after(p, end, "\"type\":\"Polygon\",\"coordinates\":");
	if (at == NULL) {
		at =
		    after(p, end, "\"type\":\"MultiPolygon\",\"coordinates\":");
		multi = true;
	}
	while (end > p && end[-1] != ']')
		end--;
	if (at != NULL && at < end && *at == '[')
		add(s, at, (size_t)(end - at), multi);
}

/* Every whole line of text[0, len); how many bytes they were. */
static size_t
whole_lines(const char *text, size_t len, const struct shape_sink *sink)
{
	const char *p = text, *end = text + len, *nl;

	while (p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		take_line(p, nl, sink);
		p = nl + 1;
	}
	return (size_t)(p - text);
}

void
shapes_lines(const char *text, size_t len, const struct shape_sink *sink)
{
	size_t done = whole_lines(text, len, sink);

	take_line(text + done, text + len, sink);
}

/* Decompress all of in, line by line through buf[SHAPE_LINE]. */
static enum err
pump(
    ZSTD_DStream *z, ZSTD_inBuffer in, char *buf, const struct shape_sink *sink)
{
	size_t held = 0, hint = 1;

	while (hint != 0) {
		ZSTD_outBuffer out = { buf, SHAPE_LINE, held };
		size_t done;

		hint = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(hint) ||
		    (hint != 0 && out.pos == held && in.pos == in.size))
			return E_FORMAT; /* damaged, or cut short */
		done = whole_lines(buf, out.pos, sink);
		held = out.pos - done;
		if (held == SHAPE_LINE)
			return E_FORMAT;
		memmove(buf, buf + done, held);
	}
	take_line(buf, buf + held, sink);
	return in.pos == in.size ? E_OK : E_FORMAT;
}

enum err
shapes_packed(const void *packed, size_t len, const struct shape_sink *sink)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	char *buf = malloc(SHAPE_LINE);
	enum err e;

	if (z == NULL || buf == NULL) {
		e = E_NOMEM;
		goto out;
	}
	if (ZSTD_isError(
		ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG))) {
		e = E_FORMAT;
		goto out;
	}
	e = pump(z, (ZSTD_inBuffer){ packed, len, 0 }, buf, sink);
out:
	free(buf);
	(void)ZSTD_freeDStream(z);
	return e;
}
