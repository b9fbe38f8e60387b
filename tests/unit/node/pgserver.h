/*
 * tests/unit/node/pgserver.h -- a PostgreSQL of the test's own: from Debian's
 * package, in a folder of its own, on a Unix socket there and nowhere else,
 * stopped and removed when the test ends, however it ends.
 */
#ifndef PGSERVER_H
#define PGSERVER_H

#include <stdbool.h>

/*
 * pgserver_run: test(server's folder) in a child process, with a server beside
 * it that has the database "ward", which role "ward_load" owns, the role
 * "ward_count", and plans of all statements in its log.  What it returns is for
 * main: the child's status; 77 and words on standard error when PostgreSQL is
 * not installed, 1 when it does not start.
 */
int pgserver_run(int (*test)(const char *dir));

/* In the test: */

/* pgserver_where: a connection string, "postgresql:" and all, for that role. */
void pgserver_where(char *out, unsigned cap, const char *dir, const char *role);

/* pgserver_do: statements, as the superuser; false: refused. */
bool pgserver_do(const char *dir, const char *sql);

/* pgserver_log: the bytes of the server's log, NUL-terminated, to be freed. */
char *pgserver_log(const char *dir);

#endif
