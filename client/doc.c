#include "client/doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "cli/near.h"

struct doc {
	char *name;
	bool parsed; /* yaml is set */
	yaml_document_t yaml;
	size_t n_faults;
	char faults[DOC_FAULTS][DOC_FAULT];
};

static const yaml_node_t *
node_of(const struct doc *doc, int value)
{
	/* yaml_document_get_node wants a pointer that is not const, and
	 * changes nothing. */
	return !doc->parsed || value <= 0
		   ? NULL
		   : yaml_document_get_node(
			 (yaml_document_t *)&doc->yaml, value);
}

static bool
node_is(const struct doc *doc, int value, yaml_node_type_t type)
{
	const yaml_node_t *node = node_of(doc, value);

	return node != NULL && node->type == type;
}

/* Keeps "name:line:column: text". */
static void __attribute__((format(printf, 4, 0)))
keep(struct doc *doc, size_t line, size_t column, const char *fmt, va_list args)
{
	char *fault;
	int n;

	if (doc->n_faults == DOC_FAULTS)
		return;
	fault = doc->faults[doc->n_faults];
	n = snprintf(
	    fault, DOC_FAULT, "%.200s:%zu:%zu: ", doc->name, line, column);
	vsnprintf(fault + n, DOC_FAULT - (size_t)n, fmt, args);
	doc->n_faults++;
}

static void __attribute__((format(printf, 4, 5)))
keep_at(struct doc *doc, size_t line, size_t column, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	keep(doc, line, column, fmt, args);
	va_end(args);
}

void
doc_complain(struct doc *doc, int value, const char *fmt, ...)
{
	const yaml_node_t *node = node_of(doc, value);
	va_list args;

	va_start(args, fmt);
	keep(doc, node == NULL ? 1 : node->start_mark.line + 1,
	    node == NULL ? 1 : node->start_mark.column + 1, fmt, args);
	va_end(args);
}

/* Refuses keys that are no plain text or stand twice in a map. */
static void
check_keys(struct doc *doc, const yaml_node_t *map)
{
	const yaml_node_pair_t *start = map->data.mapping.pairs.start;

	for (const yaml_node_pair_t *p = start; p < map->data.mapping.pairs.top;
	     p++) {
		const char *key = doc_text(doc, p->key);

		if (key == NULL) {
			doc_complain(doc, p->key, "a key must be a word");
			continue;
		}
		for (const yaml_node_pair_t *q = start; q < p; q++)
			if (doc_text(doc, q->key) != NULL &&
			    strcmp(doc_text(doc, q->key), key) == 0)
				doc_complain(doc, p->key,
				    "\"%.40s\" stands here a second time; "
				    "keep one of them",
				    key);
	}
}

/* Counts one more use of a value; a second use can only be an alias. */
static void
count_use(struct doc *doc, unsigned char *used, int value)
{
	if (used[value] == 1)
		doc_complain(doc, value,
		    "anchors and aliases (&, *) are not allowed here; "
		    "write the value out");
	if (used[value] < 2)
		used[value]++;
}

/* Refuses what a document must not hold. */
static enum err
check_tree(struct doc *doc)
{
	const yaml_node_t *start = doc->yaml.nodes.start;
	size_t n = (size_t)(doc->yaml.nodes.top - start);
	unsigned char *used = calloc(n + 1, 1);

	if (used == NULL)
		return E_NOMEM;
	for (const yaml_node_t *node = start; node < start + n; node++) {
		if (node->type == YAML_MAPPING_NODE) {
			check_keys(doc, node);
			for (const yaml_node_pair_t *p =
				 node->data.mapping.pairs.start;
			     p < node->data.mapping.pairs.top; p++)
				count_use(doc, used, p->value);
		}
		if (node->type == YAML_SEQUENCE_NODE)
			for (const yaml_node_item_t *i =
				 node->data.sequence.items.start;
			     i < node->data.sequence.items.top; i++)
				count_use(doc, used, *i);
	}
	free(used);
	return E_OK;
}

/* Reads the one document of the text; faults are kept. */
static enum err
read_text(struct doc *doc, const char *text, size_t len)
{
	yaml_parser_t parser;
	yaml_document_t rest;

	if (!yaml_parser_initialize(&parser))
		return E_NOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	if (!yaml_parser_load(&parser, &doc->yaml)) {
		keep_at(doc, parser.problem_mark.line + 1,
		    parser.problem_mark.column + 1, "not YAML: %s",
		    parser.problem == NULL ? "unreadable" : parser.problem);
	} else {
		doc->parsed = true;
		if (!yaml_parser_load(&parser, &rest)) {
			keep_at(doc, parser.problem_mark.line + 1,
			    parser.problem_mark.column + 1, "not YAML: %s",
			    parser.problem == NULL ? "unreadable"
						   : parser.problem);
		} else {
			if (yaml_document_get_root_node(&rest) != NULL)
				keep_at(doc, rest.start_mark.line + 1, 1,
				    "a second document starts here; one file "
				    "holds one query");
			yaml_document_delete(&rest);
		}
	}
	yaml_parser_delete(&parser);
	return doc->parsed ? check_tree(doc) : E_OK;
}

enum err
doc_parse(struct doc **out, const char *text, size_t len, const char *name)
{
	struct doc *doc = calloc(1, sizeof(*doc));
	enum err e = E_OK;

	if (doc == NULL || (doc->name = strdup(name)) == NULL)
		e = E_NOMEM;
	else if (len > DOC_MAX)
		keep_at(doc, 1, 1, "the file has more than %d bytes", DOC_MAX);
	else
		e = read_text(doc, text, len);
	if (e != E_OK) {
		doc_free(doc);
		return e;
	}
	*out = doc;
	return E_OK;
}

void
doc_free(struct doc *doc)
{
	if (doc == NULL)
		return;
	if (doc->parsed)
		yaml_document_delete(&doc->yaml);
	free(doc->name);
	free(doc);
}

int
doc_root(const struct doc *doc)
{
	return doc->parsed && doc->yaml.nodes.start != doc->yaml.nodes.top ? 1
									   : 0;
}

int
doc_get(const struct doc *doc, int map, const char *key)
{
	const yaml_node_t *node = node_of(doc, map);

	if (node == NULL || node->type != YAML_MAPPING_NODE)
		return 0;
	for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++) {
		const char *text = doc_text(doc, p->key);

		if (text != NULL && strcmp(text, key) == 0)
			return p->value;
	}
	return 0;
}

static bool
word_in(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

void
doc_keys(struct doc *doc, int map, const char *const *keys, size_t n)
{
	const yaml_node_t *node = node_of(doc, map);

	if (node == NULL || node->type != YAML_MAPPING_NODE)
		return;
	for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++) {
		const char *key = doc_text(doc, p->key), *meant;

		if (key == NULL || word_in(key, keys, n))
			continue;
		meant = near_word(key, keys, n);
		if (meant != NULL)
			doc_complain(doc, p->key,
			    "there is no \"%.40s\" here; did you mean "
			    "\"%s\"?",
			    key, meant);
		else
			doc_complain(doc, p->key,
			    "there is no \"%.40s\" here; remove it", key);
	}
}

bool
doc_is_map(const struct doc *doc, int value)
{
	return node_is(doc, value, YAML_MAPPING_NODE);
}

const char *
doc_text(const struct doc *doc, int value)
{
	const yaml_node_t *node = node_of(doc, value);
	const char *text;

	if (node == NULL || node->type != YAML_SCALAR_NODE)
		return NULL;
	text = (const char *)node->data.scalar.value;
	return strlen(text) == node->data.scalar.length ? text : NULL;
}

size_t
doc_count(const struct doc *doc, int list)
{
	const yaml_node_t *node = node_of(doc, list);

	if (node == NULL || node->type == YAML_MAPPING_NODE)
		return 0;
	if (node->type == YAML_SCALAR_NODE)
		return 1;
	return (size_t)(node->data.sequence.items.top -
			node->data.sequence.items.start);
}

int
doc_item(const struct doc *doc, int list, size_t i)
{
	const yaml_node_t *node = node_of(doc, list);

	if (i >= doc_count(doc, list) || node == NULL)
		return 0;
	return node->type == YAML_SCALAR_NODE
		   ? list
		   : node->data.sequence.items.start[i];
}

size_t
doc_faults(const struct doc *doc)
{
	return doc->n_faults;
}

const char *
doc_fault(const struct doc *doc, size_t i)
{
	return doc->faults[i];
}
