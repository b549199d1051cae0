package job

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Text is a text that may hold any bytes. In JSON it is a string, or {"base64": "…"} if it is not UTF-8.
type Text string

type encoded struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON writes the text.
func (t Text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(encoded{[]byte(t)})
}

// UnmarshalJSON reads a text.
func (t *Text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		var e encoded
		if err := json.Unmarshal(data, &e); err != nil {
			return err
		}
		if e.Base64 == nil {
			return errors.New("a text is a string, or an object with base64")
		}
		*t = Text(e.Base64)
		return nil
	}
	return json.Unmarshal(data, (*string)(t))
}

// Texts makes texts of strings, and [Strings] strings of texts.
func Texts(list []string) []Text { return convert[Text](list) }

// Strings makes strings of texts.
func Strings(list []Text) []string { return convert[string](list) }

func convert[T, S ~string](list []S) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for k, s := range list {
		out[k] = T(s)
	}
	return out
}
