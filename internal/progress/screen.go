package progress

import (
	"io"
	"os"

	"golang.org/x/term"
)

// screen is what a writer leads to.
type screen struct {
	live    bool                       // a terminal on which the cursor can be moved
	color   bool                       // that may show red
	size    func() (width, height int) // of the terminal now, in cells
	restore func()                     // puts the terminal back as it was found
}

// screenOf looks at a writer and the environment.
func screenOf(w io.Writer) screen {
	plain := screen{restore: func() {}}
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return plain
	}
	fd := int(f.Fd())
	if !term.IsTerminal(fd) {
		return plain
	}
	restore, ok := enableSequences(fd)
	if !ok {
		return plain
	}
	return screen{live: true, color: os.Getenv("NO_COLOR") == "", restore: restore, size: func() (int, int) {
		width, height, err := term.GetSize(fd)
		if err != nil || width < 1 || height < 1 {
			return 80, 24 // what terminals without a size have been taken for since the VT100
		}
		return width, height
	}}
}
