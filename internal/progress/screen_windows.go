package progress

import "golang.org/x/sys/windows"

// enableSequences makes a console obey control sequences, which old ones do only when asked.
func enableSequences(fd int) (restore func(), ok bool) {
	console := windows.Handle(fd)
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return nil, false
	}
	const wanted = windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	if mode&wanted == wanted {
		return func() {}, true
	}
	if windows.SetConsoleMode(console, mode|wanted) != nil {
		return nil, false
	}
	return func() { _ = windows.SetConsoleMode(console, mode) }, true
}
