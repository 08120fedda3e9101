// Package residency keeps what only the start of the process needed from counting as its memory.
//
// The kernel maps 64 KiB around a page of the program's file that is touched first (fault_around_bytes
// in its mm/memory.c). The start, which runs every package's initialisation, so maps more than half of
// the file; deliveries need a fifth of it. [Trim] unmaps those pages. Whatever is touched again comes
// back from the page cache, or from the disk if the kernel has needed that memory meanwhile, as it may
// take any program's pages.
//
// It frees no memory by itself: the page cache keeps the file. What falls is the resident set, which
// people and supervisors judge a process by, and the kernel may take those pages first when memory is
// short. The heap is the garbage collector's.
//
// Nothing that the program can read changes. Left alone is what is writable, what is shared, and what
// has a page changed since it was mapped, swapped out or not: relocations, or a debugger's breakpoints.
// Where there is no /proc/self/smaps, see proc_pid_smaps(5), Trim says so in its error; where there is no
// Linux, it does nothing. It is safe from any goroutine and at any time but while a private mapping of a
// file is being undone, which drain does to none; it is worth its millisecond once, after the start.
package residency
