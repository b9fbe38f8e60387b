/*
 * model/answer.h -- one node's noisy counts.
 */
#ifndef MODEL_ANSWER_H
#define MODEL_ANSWER_H

#include <stdint.h>

#include "model/query.h"

struct answer {
	uint8_t query_id[QUERY_ID];
	uint8_t question_id[QUERY_ID];
	struct party_id node;
	uint64_t epoch; /* UTC second of the cut that the data are as of */
	uint32_t n_cells;
	int64_t *cells; /* [n_cells], noisy: may be negative; never clamped */
};

#endif
