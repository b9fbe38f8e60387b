/*
 * tests/unit/file_test.h -- a whole file in memory.
 */
#ifndef TESTS_UNIT_FILE_TEST_H
#define TESTS_UNIT_FILE_TEST_H

#include <stdio.h>
#include <stdlib.h>

/* file_test: the bytes of the file, and a NUL; the caller frees them.  NULL
 * when it cannot be read. */
static inline char *
file_test(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rbe");
	char *text = NULL;
	long size = -1;

	if (f == NULL)
		return NULL;
	if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 &&
	    fseek(f, 0, SEEK_SET) == 0)
		text = malloc((size_t)size + 1);
	if (text != NULL) {
		*len = fread(text, 1, (size_t)size, f);
		text[*len] = '\0';
	}
	(void)fclose(f);
	return text;
}

#endif
