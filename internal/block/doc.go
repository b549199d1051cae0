// Package block keeps the results of tasks in bounded memory: a [Store] holds the blocks of a process, writes those to files that
// were not used for longest when memory gets scarce, and reads them back when they are wanted.
//
// # Blocks
//
// A block is immutable and counted: it is freed when its last reference is released. There are two kinds.
//
//	flat   bytes, in pages of the arena   made with Buffer and Seal, used through View.Bytes
//	boxed  a live Go value                made with Box, used through View.Value, encoded only on its way to a file,
//	                                      and not even then if its form can lend its memory
//
// Whoever uses a block pins it: the [View] that Pin returns keeps it in memory, and must be released. A slice of a view's bytes must
// not outlive the view, since the pages then serve other blocks. In a build with invariants, freed pages cannot be
// touched, so that whoever does is stopped there, and sealed ones cannot be written to.
//
//	          Seal, Box              written               memory given back
//	(nothing) ─────────▶ in memory ──────────▶ both ──────────────────────────▶ spilled
//	                                            ▲                                  │
//	                                            └──────────── read back ───────────┘
//
// A block that is in both places leaves memory without being written again. One whose file does not hold what was
// written to it is lost: using it returns an error that matches [ErrLost], and it has to be made again. Nothing else is
// disturbed by that.
//
// # Memory
//
// The arena is a file without a name (memfd) that is mapped once, as a space of addresses that is larger than memory. Pages
// hold memory from their first use; pages of freed blocks are kept for the next ones, because touching fresh ones takes
// several times as long (docs/decisions/0008). Another process of the machine opens the arena once, maps it for
// reading, and then finds every block that is lent by an offset: [Store.Arena], [OpenPeer], [Block.Loan], [Ref]. It keeps what it was
// lent as a block of its own store, without a copy: [Store.Borrow] (docs/decisions/0014). A process that has no store maps single stretches:
// [View.Loan], [MapLoan]; and it fills room that it was given: [Store.Room], [MapRoom] (docs/decisions/0024).
//
// A boxed block whose form can lend its memory may be in pages instead of being a value: when it was read back for who only looks at
// it ([Block.PinLent]), when it is lent, and when it is borrowed. So may one whose form can adopt its encoding, when it was read back.
//
// Blocks of less than eight pages, and all blocks on other systems than Linux or where memfd is not allowed, are in the Go
// heap; other processes get copies of these.
//
// Everything that is known to be in use is counted: blocks, buffers that are being filled, transfers, encoding and decoding, and
// reservations for results to come. Above the spill mark, blocks that nobody has pinned are written to files and leave
// memory: first those that were not used for longest, but those that are in files already before those that would have to be written, until
// as much was read back as there is (docs/decisions/0022). Above the pause mark, reservations wait, and whoever needs memory writes blocks himself. When nothing can leave
// memory, what runs goes on, and one reservation is always given, so that memory pressure slows a program and
// never stops it. The Go runtime's memory limit can be kept at what the arena leaves of the whole, and the runtime is then also asked
// to collect when values of many bytes were let go, so that the next ones take their memory (docs/decisions/0023).
//
// # Files
//
// Spill files are in a folder of mode 0700, one for each large block and one for a few megabytes of small ones
// (docs/format/spill.md). Each record has a checksum, which is compared when it is read. Files are read into pages of the arena
// and not mapped: a mapped file whose disk fails ends the process, and its pages would count as the process's memory beside
// the bound. They are removed when nobody wants what is in them; files that dead processes left, when the next store makes
// a folder in the same scratch folder. Nothing is synced, since no spill file outlives its process.
//
// When a file cannot be written, because the disk is full for instance, its blocks stay in memory and nothing is written
// until files are freed or some seconds have passed.
//
// # Limits
//
// A block is at most as large as the memory limit. Blocks of less than a kibibyte, and values without an encoder, are never
// spilled. Space of small records is returned with the file that they share, of at most 4 MiB. A boxed value is
// counted with the size that is known for its type or was learned from samples of its form; what it really takes in the
// heap may be more. A store costs about two microseconds a block, so results of a few bytes are better kept elsewhere.
package block
