#include "cli/progress.h"

#include <string.h>
#include <unistd.h>

#define BAR 40 /* characters */
#define NOTHING 101

void
progress_init(struct progress *p, FILE *out)
{
	*p = (struct progress){ .shown = NOTHING };
	if (isatty(fileno(out)) == 1)
		p->out = out;
}

/* done of total in per cent, 0 ... 100. */
static unsigned
per_cent(uint64_t done, uint64_t total)
{
	if (total == 0 || done >= total)
		return 100;
	return (unsigned)((double)done / (double)total * 100);
}

void
progress_line(char out[80], const char *what, uint64_t done, uint64_t total)
{
	unsigned now = per_cent(done, total), full = now * BAR / 100;
	char bar[BAR + 1];

	memset(bar, '.', BAR);
	memset(bar, '#', full);
	bar[BAR] = '\0';
	snprintf(out, 80, "%.24s [%s] %3u %%", what, bar, now);
}

void
progress_start(struct progress *p, const char *what, uint64_t total)
{
	p->what = what;
	p->total = total;
	p->shown = NOTHING;
	progress_at(p, 0);
}

void
progress_at(struct progress *p, uint64_t done)
{
	char line[80];

	if (p->out == NULL || per_cent(done, p->total) == p->shown)
		return;
	p->shown = per_cent(done, p->total);
	progress_line(line, p->what, done, p->total);
	fprintf(p->out, "\r%s", line);
	fflush(p->out);
}

void
progress_end(struct progress *p)
{
	if (p->out == NULL || p->shown == NOTHING)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
	p->shown = NOTHING;
}
