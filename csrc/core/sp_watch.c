/* sp_watch: the epoll set, the thread, and the private connection. */
#define _GNU_SOURCE /* accept4, struct ucred, pthread_setname_np */

#include "sp_watch.h"

#include <stddef.h>

#ifdef __linux__

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct sp_watch {
    pid_t owner; /* the process that has the thread */
    int epoll, stop, listener, connection;
    int tick_ms;
    bool running; /* there is a thread to be joined */
    pthread_t thread;
    struct sockaddr_un address; /* sun_path is "" once it is removed */
};

static enum sp_status refused(struct sp_error *error, const char *what)
{
    return sp_error_set(error, SP_ERR_SYSTEM, "%s: %s", what, strerror(errno));
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- the private place ------------------------------------------------ */

/* Makes a directory below `parent` and names the socket in it. */
static bool make_place(struct sp_watch *watch, const char *parent)
{
    char directory[sizeof watch->address.sun_path - 2];
    int len =
        snprintf(directory, sizeof directory, "%s/spherepay-XXXXXX", parent);

    if (len < 0 || (size_t)len >= sizeof directory) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (!mkdtemp(directory))
        return false;
    memcpy(watch->address.sun_path, directory, (size_t)len);
    memcpy(watch->address.sun_path + len, "/s", 3);
    return true;
}

static bool find_place(struct sp_watch *watch)
{
    const char *chosen = getenv("TMPDIR");
    const char *parents[] = { chosen, "/tmp", "/var/tmp", "/dev/shm" };

    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++)
        if (parents[i] && parents[i][0] == '/' &&
            make_place(watch, parents[i]))
            return true;
    return false;
}

static void remove_place(struct sp_watch *watch)
{
    char *path = watch->address.sun_path;

    if (!path[0])
        return;
    unlink(path);
    path[strlen(path) - 2] = '\0'; /* without "/s" */
    rmdir(path);
    path[0] = '\0';
}

static enum sp_status listen_there(struct sp_watch *watch,
                                   struct sp_error *error)
{
    watch->address.sun_family = AF_UNIX;
    if (!find_place(watch))
        return refused(error, "no private directory");
    watch->listener =
        socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (watch->listener < 0 ||
        bind(watch->listener, (const struct sockaddr *)&watch->address,
             sizeof watch->address) != 0 ||
        listen(watch->listener, 4) != 0)
        return refused(error, "UNIX socket");
    return SP_OK;
}

static bool is_own(int connection, pid_t owner)
{
    struct ucred peer;
    socklen_t len = sizeof peer;

    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           peer.pid == owner;
}

/* The connection that this process has made; -1 when there is none. */
static int accept_own(int listener, pid_t owner)
{
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (connection < 0 || is_own(connection, owner))
            return connection;
        close(connection);
    }
}

/* ---- the thread ------------------------------------------------------- */

/* Of a connection that is full the host has enough to read. */
static bool tell(int connection, char what)
{
    return send(connection, &what, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ||
           errno == EAGAIN || errno == EINTR;
}

static void *watch_main(void *self)
{
    const struct sp_watch *watch = self;
    struct epoll_event event;

    for (;;) {
        int count = epoll_wait(watch->epoll, &event, 1, watch->tick_ms);

        if (count < 0 && errno != EINTR)
            return NULL;
        if (count == 1 && event.data.fd == watch->stop)
            return NULL;
        if (count >= 0 &&
            !tell(watch->connection, count ? SP_WATCH_READY : SP_WATCH_TICK))
            return NULL;
    }
}

/* Signals are the host's: a thread that took one would keep it from the
 * host's own wait. */
static int start_thread(struct sp_watch *watch)
{
    sigset_t all, before;
    int code;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    code = pthread_create(&watch->thread, NULL, watch_main, watch);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code == 0)
        pthread_setname_np(watch->thread, "spherepay");
    return code;
}

/* ---- the watch -------------------------------------------------------- */

static enum sp_status open_set(struct sp_watch *watch, struct sp_error *error)
{
    struct epoll_event event = { .events = EPOLLIN };

    watch->epoll = epoll_create1(EPOLL_CLOEXEC);
    watch->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    event.data.fd = watch->stop;
    if (watch->epoll < 0 || watch->stop < 0 ||
        epoll_ctl(watch->epoll, EPOLL_CTL_ADD, watch->stop, &event) != 0)
        return refused(error, "epoll");
    return SP_OK;
}

enum sp_status sp_watch_new(struct sp_watch **out, struct sp_error *error)
{
    struct sp_watch *watch = calloc(1, sizeof *watch);
    enum sp_status status;

    *out = NULL;
    if (!watch)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    watch->owner = getpid();
    watch->epoll = watch->stop = watch->listener = watch->connection = -1;
    status = open_set(watch, error);
    if (status == SP_OK)
        status = listen_there(watch, error);
    if (status != SP_OK) {
        sp_watch_free(watch);
        return status;
    }
    *out = watch;
    return SP_OK;
}

const char *sp_watch_path(const struct sp_watch *watch)
{
    return watch->address.sun_path;
}

enum sp_status sp_watch_start(struct sp_watch *watch, int tick_ms,
                              struct sp_error *error)
{
    if (watch->listener < 0)
        return sp_error_set(error, SP_ERR_INVALID, "started twice");
    watch->connection = accept_own(watch->listener, watch->owner);
    close_fd(&watch->listener);
    remove_place(watch);
    if (watch->connection < 0)
        return sp_error_set(error, SP_ERR_SYSTEM, "nobody has connected");
    watch->tick_ms = tick_ms;
    errno = start_thread(watch);
    if (errno != 0)
        return refused(error, "thread");
    watch->running = true;
    return SP_OK;
}

enum sp_status sp_watch_arm(struct sp_watch *watch, int fd,
                            struct sp_error *error)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };

    event.data.fd = fd;
    if (epoll_ctl(watch->epoll, EPOLL_CTL_MOD, fd, &event) == 0)
        return SP_OK;
    if (errno == ENOENT &&
        epoll_ctl(watch->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return SP_OK;
    return refused(error, "epoll");
}

void sp_watch_free(struct sp_watch *watch)
{
    const uint64_t one = 1;

    if (!watch)
        return;
    if (watch->owner == getpid()) {
        if (watch->running &&
            write(watch->stop, &one, sizeof one) == (ssize_t)sizeof one)
            pthread_join(watch->thread, NULL);
        remove_place(watch);
    }
    close_fd(&watch->listener);
    close_fd(&watch->connection);
    close_fd(&watch->stop);
    close_fd(&watch->epoll);
    free(watch);
}

#else /* no epoll */

enum sp_status sp_watch_new(struct sp_watch **out, struct sp_error *error)
{
    *out = NULL;
    return sp_error_set(error, SP_ERR_UNSUPPORTED, "this system has no epoll");
}

const char *sp_watch_path(const struct sp_watch *watch)
{
    (void)watch;
    return "";
}

enum sp_status sp_watch_start(struct sp_watch *watch, int tick_ms,
                              struct sp_error *error)
{
    (void)watch, (void)tick_ms;
    return sp_error_set(error, SP_ERR_UNSUPPORTED, "no epoll");
}

enum sp_status sp_watch_arm(struct sp_watch *watch, int fd,
                            struct sp_error *error)
{
    (void)watch, (void)fd;
    return sp_error_set(error, SP_ERR_UNSUPPORTED, "no epoll");
}

void sp_watch_free(struct sp_watch *watch)
{
    (void)watch;
}

#endif
