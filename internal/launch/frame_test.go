package launch

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestStartWordsAreTheseBytes(t *testing.T) {
	got := hex.EncodeToString(appendStart(nil, []byte("words")))
	if want := "bd77" + "01" + "00" + "05000000" + "776f726473"; got != want {
		t.Errorf("frame %s, want %s; a change needs another version and a line in docs/format/runner.md", got, want)
	}
}

func TestStartWordsComeBack(t *testing.T) {
	for _, payload := range []string{"", "x", strings.Repeat("words", 100_000)} {
		frame := appendStart(nil, []byte(payload))
		got, err := readStart(iotest.HalfReader(bytes.NewReader(append(frame, "what follows"...))))
		if err != nil || string(got) != payload {
			t.Errorf("%d bytes came back as %d, %v", len(payload), len(got), err)
		}
		for _, n := range []int{0, 1, 7, len(frame) - 1} {
			if n >= len(frame) {
				continue
			}
			if _, err := readStart(bytes.NewReader(frame[:n])); !errors.Is(err, io.EOF) {
				t.Errorf("%d of %d bytes: %v, want the end of the stream", n, len(frame), err)
			}
		}
	}
}

func FuzzStartWords(f *testing.F) {
	f.Add(appendStart(nil, nil))
	f.Add(appendStart(nil, []byte("words")))
	f.Add([]byte("\xbd\x77\x01\x00\xff\xff\xff\x00short"))
	f.Fuzz(func(t *testing.T, data []byte) {
		payload, err := readStart(bytes.NewReader(data))
		if err == nil && !bytes.HasPrefix(data, appendStart(nil, payload)) {
			t.Errorf("% x was read as %q", data, payload)
		}
	})
}

func FuzzMarker(f *testing.F) {
	f.Add("1 77 0 watch agent")
	f.Add("1 77 3 talk runner-2")
	f.Add("2 a b c")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := parseIdentity(text)
		if err != nil {
			return
		}
		if again, err := parseIdentity(id.String()); err != nil || again != id {
			t.Errorf("%q was read as %+v, and that as %+v, %v", text, id, again, err)
		}
	})
}
