// Package archive keeps what came of the tasks of a command line in two files: a journal, whose form is that of package
// journal, and beside it their outputs, one after the other, readable with any pager. It works on Unix systems.
//
// One process at a time has an archive open; a second one is refused. A record is written before its slot takes another task, so a
// killed process loses none; the files are made safe against a crash of the machine when they are closed.
package archive
