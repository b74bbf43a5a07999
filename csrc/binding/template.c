/* template.c: spherepay.template, what many calls have in common, read from a
 * table once: the method, the URL but for a step of it, the header lines, the
 * times of an attempt. */
#include "binding.h"

#include <limits.h>
#include <string.h>

const struct spL_template *spL_checktemplate(lua_State *L, int index)
{
    return luaL_checkudata(L, index, SPL_TEMPLATE);
}

/* A line that could end early or begin another is refused, whoever let it
 * through. */
static void add_line(lua_State *L, struct spL_template *template,
                     const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < ' ' ? line[i] != '\t' : line[i] == 127)
            luaL_error(L, "a header holds a control character");
    if (sp_buffer_append(&template->lines, line, len) != SP_OK ||
        sp_buffer_append(&template->lines, "", 1) != SP_OK)
        spL_raise_memory(L);
}

static void read_lines(lua_State *L, int index, struct spL_template *template)
{
    int count;

    lua_getfield(L, index, "headers");
    luaL_checktype(L, -1, LUA_TTABLE);
    count = (int)spL_rawlen(L, -1);
    for (int i = 1; i <= count; i++) {
        size_t len;
        const char *line;

        lua_rawgeti(L, -1, i);
        line = luaL_checklstring(L, -1, &len);
        add_line(L, template, line, len);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static const char *required_field(lua_State *L, int index, const char *name)
{
    const char *text = spL_string_field(L, index, name);

    if (!text)
        luaL_error(L, "field '%s' is missing", name);
    return text;
}

static void read_text(lua_State *L, int index, const char *name,
                      struct sp_buffer *buffer)
{
    const char *text = required_field(L, index, name);

    if (sp_buffer_append(buffer, text, strlen(text)) != SP_OK)
        spL_raise_memory(L);
}

static enum sp_repeat read_repeat(lua_State *L, int index)
{
    const char *name = required_field(L, index, "repeat_as");

    if (strcmp(name, "read") == 0)
        return SP_REPEAT_READ;
    return strcmp(name, "update") == 0 ? SP_REPEAT_UPDATE : SP_REPEAT_CREATE;
}

static void read_method(lua_State *L, int index, struct spL_template *template)
{
    const char *method = required_field(L, index, "method");

    if (strlen(method) >= sizeof template->method)
        luaL_error(L, "field 'method' is too long");
    strcpy(template->method, method);
}

int spL_template(lua_State *L)
{
    int index = 2;
    struct spL_template *template;

    luaL_checktype(L, index, LUA_TTABLE);
    template = spL_newblob(L, sizeof *template);
    memset(template, 0, sizeof *template);
    sp_buffer_init(&template->before, INT_MAX);
    sp_buffer_init(&template->after, INT_MAX);
    sp_buffer_init(&template->lines, INT_MAX);
    luaL_getmetatable(L, SPL_TEMPLATE);
    lua_setmetatable(L, -2);
    read_method(L, index, template);
    read_text(L, index, "before", &template->before);
    read_text(L, index, "after", &template->after);
    read_lines(L, index, template);
    template->repeat = read_repeat(L, index);
    template->connect_timeout_ms = spL_ms_field(L, index, "connect_timeout");
    template->timeout_ms = spL_ms_field(L, index, "timeout");
    template->max_retries = (int)spL_integer_field(L, index, "max_retries", 0);
    if (template->max_retries < 0 || template->max_retries >= SP_ATTEMPTS_MAX)
        luaL_error(L, "field 'max_retries' is out of range");
    return 1;
}

static int template_gc(lua_State *L)
{
    struct spL_template *template = luaL_checkudata(L, 1, SPL_TEMPLATE);

    sp_buffer_wipe(&template->before);
    sp_buffer_wipe(&template->after);
    sp_buffer_wipe(&template->lines);
    return 0;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "__gc", template_gc },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_template(lua_State *L)
{
    spL_newtype(L, SPL_TEMPLATE, METHODS);
}
