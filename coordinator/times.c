#include "coordinator/times.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "model/month.h"

uint32_t
times_count(const struct question *q)
{
	uint32_t slices = question_slices(q);

	if (slices == 1)
		return 1;
	return q->strategy == STRATEGY_RUNNING ? 2 * slices : slices + 1;
}

struct times_span
times_span(const struct question *q, uint32_t time)
{
	uint32_t slices = question_slices(q);

	assert(time < times_count(q));
	if (time < slices)
		return (struct times_span){ time, 1 };
	if (q->strategy == STRATEGY_RUNNING)
		return (struct times_span){ 0, time - slices + 1 };
	return (struct times_span){ 0, slices };
}

uint32_t
times_kinds(const struct question *q)
{
	if (q->strategy == STRATEGY_RUNNING)
		return times_count(q);
	return question_slices(q) == 1 ? 1 : 2;
}

uint32_t
times_kind(const struct question *q, uint32_t time)
{
	if (q->strategy == STRATEGY_RUNNING)
		return time;
	return time < question_slices(q) ? 0 : 1;
}

void
times_text(char out[TIMES_TEXT], const struct question *q, uint32_t time)
{
	struct times_span span = times_span(q, time);
	uint32_t slices = question_slices(q);
	char month[MONTH_TEXT];

	static_assert(TIMES_TEXT >= sizeof("to-") - 1 + MONTH_TEXT, "it fits");
	month_text(month, (uint16_t)(q->first_month + span.first + span.n - 1));
	if (q->slicing == SLICE_SUM)
		(void)snprintf(out, TIMES_TEXT, "sum");
	else if (time < slices)
		(void)snprintf(out, TIMES_TEXT, "%s", month);
	else if (span.n == slices)
		(void)snprintf(out, TIMES_TEXT, "total");
	else
		(void)snprintf(out, TIMES_TEXT, "to-%s", month);
}

enum err
times_find(uint32_t *out, const struct question *q, const char *word)
{
	uint32_t n = times_count(q);
	char name[TIMES_TEXT];

	if (q->slicing == SLICE_SUM && strcmp(word, "total") == 0)
		word = "";
	for (uint32_t i = 0; i < n; i++) {
		times_text(name, q, i);
		if (word[0] == '\0' || strcmp(name, word) == 0) {
			*out = i;
			return E_OK;
		}
	}
	return E_NOTFOUND;
}
