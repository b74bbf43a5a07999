/* sp_poll: what is wanted of each descriptor, on any system. */
#include "sp_poll_private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static enum sp_status grow(struct sp_poll_wishes *wishes, int fd)
{
    int size = wishes->size ? wishes->size : 32;
    struct sp_poll_interest *table;
    int *dirty;

    while (size <= fd)
        size *= 2;
    table = realloc(wishes->table, (size_t)size * sizeof *table);
    if (!table)
        return SP_ERR_NO_MEMORY;
    wishes->table = table;
    dirty = realloc(wishes->dirty, (size_t)size * sizeof *dirty);
    if (!dirty)
        return SP_ERR_NO_MEMORY;
    wishes->dirty = dirty;
    memset(table + wishes->size, 0,
           (size_t)(size - wishes->size) * sizeof *table);
    wishes->size = size;
    return SP_OK;
}

void *sp_poll_wisher(const struct sp_poll_wishes *wishes, int fd)
{
    return fd >= 0 && fd < wishes->size ? wishes->table[fd].owner : NULL;
}

enum sp_status sp_poll_wish(struct sp_poll_wishes *wishes, int fd, int events,
                            void *owner)
{
    struct sp_poll_interest *entry;

    if (fd < 0 || fd > INT_MAX / 4)
        return SP_ERR_INVALID;
    if (fd >= wishes->size && grow(wishes, fd) != SP_OK)
        return SP_ERR_NO_MEMORY;
    entry = &wishes->table[fd];
    entry->want = (unsigned char)events;
    entry->owner = owner;
    if (!entry->dirty && entry->want && entry->want != entry->have) {
        entry->dirty = 1;
        wishes->dirty[wishes->dirty_count++] = fd;
    }
    return SP_OK;
}

void sp_poll_tell(struct sp_poll_wishes *wishes,
                  void (*tell)(struct sp_poll *poller, int fd, int events),
                  struct sp_poll *poller)
{
    int left = 0;

    for (int i = 0; i < wishes->dirty_count; i++) {
        int fd = wishes->dirty[i];
        struct sp_poll_interest *entry = &wishes->table[fd];

        if (entry->want && entry->want != entry->have)
            tell(poller, fd, entry->want);
        entry->dirty = entry->want && entry->want != entry->have;
        if (entry->dirty)
            wishes->dirty[left++] = fd;
    }
    wishes->dirty_count = left;
}

void sp_poll_clear(struct sp_poll_wishes *wishes)
{
    free(wishes->table);
    free(wishes->dirty);
}
