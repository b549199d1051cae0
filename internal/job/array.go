package job

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MostTasks is how many tasks a job may have.
const MostTasks = 1_000_000

// ParseArray reads whole numbers: ranges, with a step if that is not 1, and single ones, as in "1-10,15,20-100:20".
func ParseArray(text string) ([]string, error) {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		from, to, step, err := parseRange(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
		if int64(len(list))+(to-from)/step >= MostTasks {
			return nil, fmt.Errorf("%q has more than %d numbers; submit fewer at a time", text, MostTasks)
		}
		for n := from; n <= to; n += step {
			list = append(list, strconv.FormatInt(n, 10))
		}
	}
	return list, nil
}

var errRange = errors.New("write ranges of whole numbers, as in 1-1000, 0-100:10 or 1,5,9")

// parseRange reads "FROM-TO:STEP", "FROM-TO" or "FROM".
func parseRange(text string) (from, to, step int64, err error) {
	span, every, stepped := strings.Cut(text, ":")
	step = 1
	if stepped {
		if step, err = parseNumber(every); err != nil || step == 0 {
			return 0, 0, 0, errRange
		}
	}
	first, last, isSpan := strings.Cut(span, "-")
	if from, err = parseNumber(first); err != nil || stepped && !isSpan {
		return 0, 0, 0, errRange
	}
	if !isSpan {
		return from, from, 1, nil
	}
	if to, err = parseNumber(last); err != nil {
		return 0, 0, 0, errRange
	}
	if to < from {
		return 0, 0, 0, fmt.Errorf("the range %s ends before it begins", span)
	}
	return from, to, step, nil
}

// parseNumber reads a whole number from 0 on, of at most 15 digits so that sums of a few stay exact.
func parseNumber(text string) (int64, error) {
	if len(text) == 0 || len(text) > 15 || strings.Trim(text, "0123456789") != "" {
		return 0, errRange
	}
	return strconv.ParseInt(text, 10, 64)
}
