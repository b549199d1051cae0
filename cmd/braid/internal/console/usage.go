package console

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// UsageError says what is wrong with the arguments, and what to do about it.
type UsageError struct{ what, remedy string }

func (e UsageError) Error() string { return "braid: " + e.what + "; " + e.remedy }

// ExitCode is how [braid.Main] ends the program.
func (UsageError) ExitCode() int { return ExitUsage }

// Usage is the error of wrong arguments.
func Usage(what, remedy string) UsageError { return UsageError{what, remedy} }

// Unknown is the error of a name that is none of those that there are.
func Unknown(kind, name string, names []string) UsageError {
	remedy := fmt.Sprintf("%ss are %s", kind, strings.Join(names, ", "))
	if near := nearest(name, names); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	return UsageError{fmt.Sprintf("unknown %s %q", kind, name), remedy}
}

// FlagError rewords what the parser of flags complains about.
func FlagError(cmd *cobra.Command, err error) error {
	remedy := fmt.Sprintf("%q lists the flags", cmd.CommandPath()+" --help")
	var missing *pflag.NotExistError
	var value *pflag.InvalidValueError
	switch {
	case errors.As(err, &missing):
		name := missing.GetSpecifiedName()
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest(name, names); near != "" {
			remedy = fmt.Sprintf("did you mean --%s?", near)
		}
		dashes := "--"
		if missing.GetSpecifiedShortnames() != "" {
			dashes = "-"
		}
		return UsageError{fmt.Sprintf("unknown flag %s%s of %s", dashes, name, cmd.CommandPath()), remedy}
	case errors.As(err, &value):
		f, want := value.GetFlag(), "a "+value.GetFlag().Value.Type()
		switch want {
		case "a bool":
			want = "true or false"
		case "a int":
			want = "a whole number"
		case "a uint64":
			want = "a whole number from 0 on"
		}
		return UsageError{fmt.Sprintf("--%s=%s: want %s", f.Name, value.GetValue(), want), remedy}
	}
	return UsageError{err.Error(), remedy}
}

// NoArguments refuses arguments that are not flags.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return UsageError{fmt.Sprintf("unexpected argument %q: %s takes only flags", args[0], cmd.CommandPath()),
		fmt.Sprintf("%q lists them", cmd.CommandPath()+" --help")}
}

// Within refuses a flag's value that is not from 1 to most.
func Within(flag string, n, most int, why string) error {
	if n >= 1 && n <= most {
		return nil
	}
	return UsageError{fmt.Sprintf("--%s=%d is impossible: %s", flag, n, why), fmt.Sprintf("give a number from 1 to %d", most)}
}

func Subcommands(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return names
}

// nearest returns the one of the names that a typing mistake may have made into name, or "".
func nearest(name string, names []string) string {
	best, distance := "", 1+max(1, len(name)/3)
	for _, n := range names {
		if d := edits(strings.ToLower(name), n); d < distance {
			best, distance = n, d
		}
	}
	return best
}

// edits counts the letters to insert, remove, replace, or swap with their neighbour that make a of b: the optimal string
// alignment distance, after F. J. Damerau, "A technique for computer detection and correction of spelling errors",
// Communications of the ACM 7(3), 1964.
func edits(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			replace := rows[i-1][j-1]
			if s[i-1] != t[j-1] {
				replace++
			}
			rows[i][j] = min(replace, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(s)][len(t)]
}
