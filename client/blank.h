/*
 * client/blank.h -- the query file that `ward query new` writes.
 */
#ifndef CLIENT_BLANK_H
#define CLIENT_BLANK_H

/* blank_text: a good query file with comments. */
const char *blank_text(void);

#endif
