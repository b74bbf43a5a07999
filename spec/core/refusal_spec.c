/* Whether sp_refusal understands what the versions of libcurl say. */
#include "sp_refusal.h"

#include <string.h>

#include "check.h"

static void check_line(const char *line, enum sp_refusal_word word,
                       int64_t wanted)
{
    int64_t number = 0;

    CHECK_INT(sp_refusal_read(line, strlen(line), &number), word);
    CHECK_INT(number, wanted);
}

int main(void)
{
    char cut[] = "received GOAWAY, error=0, last_stream=21";
    int64_t number;

    check_case("reads the last stream of a GOAWAY");
    check_line("recveived GOAWAY, error=0, last_stream=19\n",
               SP_REFUSAL_GOAWAY, 19);
    check_line("received GOAWAY, error=0, last_stream=2147483647",
               SP_REFUSAL_GOAWAY, 2147483647);
    check_line("received GOAWAY, error=2, last_stream=0", SP_REFUSAL_GOAWAY,
               0);
    check_case("reads the stream of a request");
    check_line("Using Stream ID: 3 (easy handle 0x55)", SP_REFUSAL_STREAM, 3);
    check_line("[HTTP/2] [5] OPENED stream for https://127.0.0.1/v2",
               SP_REFUSAL_STREAM, 5);
    check_case("knows a refused stream and a repeat");
    check_line("HTTP/2 stream 7 refused by server, try again on a new "
               "connection", SP_REFUSAL_REFUSED, -1);
    check_line("Connection died, retrying a fresh connect (retry count: 1)",
               SP_REFUSAL_AGAIN, -1);
    check_case("takes nothing else for one");
    check_line("", SP_REFUSAL_NOTHING, -1);
    check_line("HTTP/2 stream 7 was not closed cleanly: REFUSED_STREAM",
               SP_REFUSAL_NOTHING, -1);
    check_line("[HTTP/2] [1] [x: ] OPENED", SP_REFUSAL_NOTHING, -1);
    check_line("< x: received GOAWAY, error=0, last_stream=1",
               SP_REFUSAL_NOTHING, -1);
    check_line("received GOAWAY, error=0, last_stream=-1",
               SP_REFUSAL_NOTHING, -1);
    check_line("received GOAWAY, error=0, last_stream=99999999999",
               SP_REFUSAL_NOTHING, -1);
    check_case("reads no further than the line goes");
    CHECK_INT(sp_refusal_read(cut, sizeof cut - 2, &number),
              SP_REFUSAL_GOAWAY);
    CHECK_INT(number, 2);
    return check_done();
}
