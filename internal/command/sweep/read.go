package sweep

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Split cuts a text into values that end with the separator; it may be missing after the last. Nothing else is changed: blanks, empty
// values and bytes that are not UTF-8 stay.
func Split(text string, separator byte) []string {
	if text == "" {
		return nil
	}
	values := make([]string, 0, 1+strings.Count(text, string(rune(separator))))
	for text != "" {
		i := strings.IndexByte(text, separator)
		if i < 0 {
			return append(values, text)
		}
		values = append(values, text[:i])
		text = text[i+1:]
	}
	return values
}

// Table is columns of equal length with names.
type Table struct {
	Names   []string
	Columns [][]string
}

// ReadCSV reads a table whose first line holds the names of the columns. (RFC 4180; lines may end with a line feed only, and
// within quotes a carriage return before a line feed is dropped.)
func ReadCSV(r io.Reader) (t Table, err error) {
	records := csv.NewReader(r)
	header, err := records.Read()
	if errors.Is(err, io.EOF) {
		return t, errors.New("it is empty; its first line names the columns")
	}
	if err != nil {
		return t, err
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	for i, name := range header {
		if name = strings.TrimSpace(name); name != "" && slices.Contains(t.Names, name) {
			return t, fmt.Errorf("line 1: two columns are named %q, the second of them is column %d; give each a name of its own", name, i+1)
		}
		t.Names = append(t.Names, name)
	}
	t.Columns = make([][]string, len(header))
	records.ReuseRecord = true
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return t, csvError(err, len(header), len(record))
		}
		for i, v := range record {
			t.Columns[i] = append(t.Columns[i], v)
		}
	}
}

// csvError says in which line which rule of CSV is broken.
func csvError(err error, want, got int) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return fmt.Errorf("line %d has %d fields and line 1 has %d; put a field that holds a comma between double quotes", parse.Line, got, want)
	case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		return fmt.Errorf("line %d, column %d: a double quote where none can be; write a quote within quotes twice, and close what is opened", parse.Line, parse.Column)
	}
	return err
}
