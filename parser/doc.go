// Package parser reads the bodies that Logplex posts (application/logplex-1) without allocating.
//
// A body is a run of frames, each "<length> <line>"; a length counts bytes, and nothing stands
// between frames. [Scanner] walks the frames and parses each into one [Line], which it reuses. The
// Line's byte slices point into the body: they are valid until the body changes and until the next
// call to Scan. Copy what must live longer. Whoever wants of the most usual lines no more than their
// numbers has them set aside by [Scanner.Sift], which takes less time than a Line of each. [Reader] does
// the same as Scan for captured text (drain bodies, syslog lines, what `heroku logs` prints); it is for
// offline use.
//
// Damage is of two kinds. A bad line costs only itself: the Scanner reports its [Fault] and goes on.
// A bad frame length hides where the next line starts, so the Scanner reports the fault and ends.
//
// Who a line is from is decided by APPNAME and PROCID alone, since an app can print any text; PRI
// and HOSTNAME say nothing. A code, a number or a loss is taken only from the sender that may say
// it. [Pairs], [Scaled], [Release], [Deploy] and [StateChange] read a text without asking who said
// it; that is their caller's part.
//
// A Scanner or a Reader is for one goroutine. A Scanner that is reset to another body remembers
// headers that it read and names of dynos, and keeps room for what Sift sets aside, in 68 KB: that makes it
// faster and changes nothing of what it reads, only what of it Sift sets aside. Nothing here logs or reads
// the clock.
package parser
