//go:build !unix

package launch

import "os"

// bornOf cannot be asked here; the name in argument 0 decides alone.
func bornOf(int) bool { return true }

// end ends this process. What it started by itself is not ended with it here.
func end() { os.Exit(exitRefused) }

// takeStreams keeps the streams from and to the starter for this package, and leaves tasks an empty standard input and,
// with a connection, standard error in place of standard output.
func takeStreams(talk bool) (in, out *os.File, err error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, err
	}
	in, os.Stdin = os.Stdin, null
	if talk {
		out, os.Stdout = os.Stdout, os.Stderr
	}
	return in, out, nil
}

// canOutlive reports that processes end with their starters here.
func canOutlive() bool { return false }

func disconnect() {}

func nameThread(string) {}

func attended() {}
