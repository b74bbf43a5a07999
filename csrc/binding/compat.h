/* compat.h: the differences between Lua 5.1, LuaJIT, 5.3, 5.4 and 5.5, so
 * that no function below has an #if inside. */
#ifndef SPHEREPAY_COMPAT_H
#define SPHEREPAY_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* A blob is a userdata without an anchor. */
#if LUA_VERSION_NUM >= 504
#define spL_newuserdata(L, size) lua_newuserdatauv(L, size, 1)
#define spL_newblob(L, size) lua_newuserdatauv(L, size, 0)
#define spL_setanchor(L, i) lua_setiuservalue(L, i, 1)
#define spL_getanchor(L, i) lua_getiuservalue(L, i, 1)
#elif LUA_VERSION_NUM >= 502
#define spL_newuserdata(L, size) lua_newuserdata(L, size)
#define spL_newblob(L, size) lua_newuserdata(L, size)
#define spL_setanchor(L, i) lua_setuservalue(L, i)
#define spL_getanchor(L, i) lua_getuservalue(L, i)
#else
#define spL_newuserdata(L, size) lua_newuserdata(L, size)
#define spL_newblob(L, size) lua_newuserdata(L, size)
#define spL_setanchor(L, i) lua_setfenv(L, i)
#define spL_getanchor(L, i) lua_getfenv(L, i)
#endif

#if LUA_VERSION_NUM >= 503
#define SPL_HAS_INTEGERS 1
#else
#define SPL_HAS_INTEGERS 0
#endif

/* The longest string whose hash others can be made to share; 0: none. */
#if LUA_VERSION_NUM >= 504
#define SPL_HASHED_MAX 0
#elif LUA_VERSION_NUM == 503
#define SPL_HASHED_MAX 40
#else
#define SPL_HASHED_MAX (SIZE_MAX - 1)
#endif

#if LUA_VERSION_NUM >= 502
#define spL_rawlen(L, i) ((size_t)lua_rawlen(L, i))
#define spL_setfuncs(L, list) luaL_setfuncs(L, list, 0)
#else
#define spL_rawlen(L, i) ((size_t)lua_objlen(L, i))
#define spL_setfuncs(L, list) luaL_register(L, NULL, list)
#endif

/* Tells the collector of memory that it does not see: bytes since 5.5,
 * kilobytes before. */
#if LUA_VERSION_NUM >= 505
#define spL_gcstep(L, bytes) lua_gc(L, LUA_GCSTEP, (size_t)(bytes))
#else
#define spL_gcstep(L, bytes) lua_gc(L, LUA_GCSTEP, (int)((bytes) / 1024))
#endif

#endif
