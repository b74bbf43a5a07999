/* collisions.c: whether the strings of a text would make Lua slow.
 *
 * Lua keeps its strings in a hash table. Lua 5.1 has the same hash in every
 * process, and it and 5.3 skip every second byte of strings of 32 bytes, so
 * a text can be made whose strings all share one chain: 1 MiB of it took a
 * second. Here the chains are built beforehand, up to a length that no other
 * text reaches. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

#include "sp_json.h"

enum {
    CHAINS = 1 << 16,
    CHAIN_MAX = 128, /* random strings make chains of ten */
    HARMLESS = 4096  /* so few tokens cost little in any case */
};

/* The chains hold indices of tokens plus one; 0 ends them. */
struct table {
    const struct sp_json *json;
    uint32_t *heads, *next;
};

/* As in luaS_newlstr of Lua 5.1; that of 5.3 begins with a seed. */
static uint32_t hash(const char *text, size_t len)
{
    uint32_t value = (uint32_t)len;
    size_t step = (len >> 5) + 1;

    for (; len >= step; len -= step)
        value ^= (value << 5) + (value >> 2) + (unsigned char)text[len - 1];
    return value;
}

static bool same(const struct sp_json *json, uint32_t a, uint32_t b)
{
    const struct sp_json_token *one = &json->tokens[a];
    const struct sp_json_token *two = &json->tokens[b];

    return one->len == two->len &&
           memcmp(json->text + one->at, json->text + two->at, one->len) == 0;
}

/* False when the chain is too long. */
static bool add(struct table *table, uint32_t index)
{
    size_t len;
    const char *text =
        sp_json_string(table->json, &table->json->tokens[index], &len);
    uint32_t *head;
    int count = 0;

    if (len > SPL_HASHED_MAX)
        return true;
    head = &table->heads[hash(text, len) % CHAINS];
    for (uint32_t at = *head; at != 0; at = table->next[at - 1]) {
        if (same(table->json, at - 1, index))
            return true;
        count++;
    }
    table->next[index] = *head;
    *head = index + 1;
    return count < CHAIN_MAX;
}

static bool add_all(struct table *table)
{
    for (uint32_t i = 0; i < table->json->count; i++)
        if (table->json->tokens[i].type == SP_JSON_STRING && !add(table, i))
            return false;
    return true;
}

enum sp_status spL_checkstrings(const struct sp_json *json,
                                struct sp_error *error)
{
    struct table table = { .json = json };
    enum sp_status status = SP_OK;

    if (SPL_HASHED_MAX == 0 || json->count < HARMLESS)
        return SP_OK;
    table.heads = calloc(CHAINS, sizeof *table.heads);
    table.next = calloc(json->count, sizeof *table.next);
    if (!table.heads || !table.next)
        status = sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    else if (!add_all(&table))
        status =
            sp_error_set(error, SP_ERR_TOO_LARGE,
                         "more than %d strings with the same hash", CHAIN_MAX);
    free(table.heads);
    free(table.next);
    return status;
}
