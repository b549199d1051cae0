package machine

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

const (
	mib = 1 << 20
	gib = 1 << 30
	eib = 1 << 60

	leastBytes = mib // less than that is a forgotten unit
	mostBytes  = eib
	unlimited  = 1 << 62 // from here on a limit is none: kernels write the greatest number that fits, less a page
)

// units gives the bytes of each unit, in lower case.
var units = map[string]float64{
	"": 1, "b": 1,
	"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "pib": 1 << 50,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "pb": 1e15,
}

// parseSize reads an amount of memory that a person wrote, such as "8GiB", "1.5 GB" or "4096M".
func parseSize(text string) (int64, error) {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(text)
	}
	factor, known := units[strings.ToLower(strings.TrimSpace(text[end:]))]
	number, err := strconv.ParseFloat(text[:end], 64)
	if !known || err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%q is not a size such as 8GiB or 512MB", text)
	}
	switch bytes := math.Floor(number * factor); {
	case bytes < leastBytes:
		return 0, fmt.Errorf("%q is less than 1 MiB; write a unit, as in 8GiB", text)
	case bytes > mostBytes:
		return 0, fmt.Errorf("%q is more than 1 EiB", text)
	default:
		return int64(bytes), nil
	}
}

// parseMebibytes reads an amount as Slurm writes it: a number of MiB, or a number with one of the letters K, M, G, T.
func parseMebibytes(text string) (int64, error) {
	text = strings.TrimSpace(text)
	digits, factor := text, int64(mib)
	if n := len(text); n > 0 {
		if shift, ok := map[byte]int{'K': 10, 'M': 20, 'G': 30, 'T': 40}[text[n-1]]; ok {
			digits, factor = text[:n-1], 1<<shift
		}
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) && number > 0, err == nil && number > mostBytes/factor:
		return 0, fmt.Errorf("%s is more than 1 EiB", text)
	case err != nil:
		return 0, fmt.Errorf("%q is not a number of MiB", text)
	case number == 0:
		return 0, errors.New("0 grants all memory of the node")
	case number < 0:
		return 0, fmt.Errorf("%s is less than 0", text)
	case number*factor < leastBytes:
		return 0, fmt.Errorf("%s is less than 1 MiB", text)
	}
	return number * factor, nil
}

// parseMemTotal finds the memory of the machine in /proc/meminfo. (proc_meminfo(5): "kB" there are KiB.)
func parseMemTotal(meminfo string) (value string, bytes int64, err error) {
	for line := range strings.Lines(meminfo) {
		rest, ok := strings.CutPrefix(line, "MemTotal:")
		if !ok {
			continue
		}
		value = strings.TrimSpace(rest)
		number, unit, _ := strings.Cut(value, " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || unit != "kB" || n < 1 || n > mostBytes/1024 {
			return value, 0, fmt.Errorf("MemTotal is %q, not an amount in kB", value)
		}
		return value, n * 1024, nil
	}
	return "", 0, errors.New("no MemTotal in /proc/meminfo")
}

// parseLimit reads a file of a cgroup that holds a limit in bytes. No limit ("max", or nearly 2⁶³ in version 1) and
// anything unreadable give false.
func parseLimit(text string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 1 || n >= unlimited {
		return 0, false
	}
	return n, true
}
