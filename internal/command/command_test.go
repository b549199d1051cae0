package command

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// expand parses, checks and fills in.
func expand(t *testing.T, text string, mode Mode, in Inputs, task Task) []string {
	t.Helper()
	c, err := Parse(text, mode)
	if err == nil {
		err = c.Check(in)
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c.Expand(task)
}

func TestWordsAreSplitAsAShellDoes(t *testing.T) {
	task := Task{Number: 7, Args: []string{"it's $x\n\xff; \"{}\""}}
	a := task.Args[0]
	for text, want := range map[string][]string{
		`sim {}`:                        {"sim", a},
		"  sim\t--in={}  ":              {"sim", "--in=" + a},
		`sim '{}' "{}" a{}b`:            {"sim", a, a, "a" + a + "b"},
		`'my sim' a\ b\{}{} "" ''`:      {"my sim", "a b{}" + a, "", ""},
		`sim "a \"q\" \\ \x" 'b\' {#}`:  {"sim", `a "q" \ \x`, `b\`, "7"},
		`awk '{{print $1}' {}`:          {"awk", "{print $1}", a},
		`awk '{print $1; {x y}' {}`:     {"awk", "{print $1; {x y}", a},
		`json '{"a":{"b":{}}}' {}`:      {"json", `{"a":{"b":` + a + `}}`, a},
		`sim {{} {{{{ } {} a#b a~b x=1`: {"sim", "{}", "{{", "}", a, "a#b", "a~b", "x=1"},
		`sim '*' "?" \| '$(x)' {}`:      {"sim", "*", "?", "|", "$(x)", a},
		"sim \"a\\\nb\" {}":             {"sim", "ab", a},
	} {
		if got := expand(t, text, Auto, Inputs{Lists: 1}, task); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestPartsOfPaths(t *testing.T) {
	for arg, want := range map[string][4]string{ // {.} {/} {//} {/.}
		"data/a b.tar.gz": {"data/a b.tar", "a b.tar.gz", "data", "a b.tar"},
		"a":               {"a", "a", ".", "a"},
		"/a":              {"/a", "a", "/", "a"},
		"/":               {"/", "/", "/", "/"},
		"d.x/":            {"d.x/", "d.x", ".", "d"},
		"d.x/.hidden":     {"d.x/.hidden", ".hidden", "d.x", ".hidden"},
		"d//e.":           {"d//e", "e.", "d", "e"},
		"":                {"", "", ".", ""},
	} {
		got := expand(t, "x {.} {/} {//} {/.}", Auto, Inputs{Lists: 1}, Task{Args: []string{arg}})[1:]
		if !slices.Equal(got, want[:]) {
			t.Errorf("%q: %q, want %q", arg, got, want)
		}
	}
}

func TestFieldsByNumberAndName(t *testing.T) {
	in := Inputs{Lists: 3, Names: []string{"rate", "", "input-file"}}
	got := expand(t, "x {1} {3/} {rate} {input-file//} {2.}", Auto, in, Task{Args: []string{"0.5", "b.c", "in/f.txt"}})
	if want := []string{"x", "0.5", "f.txt", "0.5", "in", "b"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWhatIsWrongWithACommandIsSaid(t *testing.T) {
	two := Inputs{Lists: 2, Names: []string{"", "rate"}}
	for text, want := range map[string]string{
		"":                  "empty",
		" \t":               "empty",
		"'' {1}":            "empty word",
		"sim 'x {1}":        "single quote",
		`sim "x {1}`:        "double quote",
		`sim {1} \`:         "backslash",
		"sim a":             "no field",
		"sim {}":            "say which one, as in {1} or {2}",
		"sim {/}":           "as in {1/}",
		"sim {3}":           "no more than 2",
		"sim {ratio}":       `no column "ratio"; columns are {rate}`,
		"sim {1}\x00":       "NUL",
		"cat <<E\n{1}\nE\n": "here-document",
		"echo 'x | {1}":     "single quote",
	} {
		c, err := Parse(text, Auto)
		if err == nil {
			err = c.Check(two)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := Parse("a {} | b", Never); err == nil || !strings.Contains(err.Error(), `"|"`) {
		t.Errorf("a pipe without a shell: %v", err)
	}
	c, err := Argv([]string{"sim", "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(two); !errors.Is(err, ErrNoField) {
		t.Errorf("words without a field: %v", err)
	}
}

func TestAShellIsUsedWhenItIsNeeded(t *testing.T) {
	for text, want := range map[string]bool{
		"sim {}": false, "sim '|' {}": false, `sim "a;b" {}`: false, "sim x=1 {}": false, "sim a#b {}": false, "sim '$x' {}": false,
		"sim {} > out": true, "a && b {}": true, "ls *.txt {}": true, `echo "$HOME" {}`: true, "echo `date` {}": true,
		"X=1 sim {}": true, "a {}\nb": true, "cd ~ {}": true, "sim {} # note": true, "(sim {})": true,
	} {
		c, err := Parse(text, Auto)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if c.Shell() != want {
			t.Errorf("%s: by a shell: %v, want %v", text, c.Shell(), want)
		}
	}
}

// hostile are arguments that a shell would make something else of, if it saw them.
var hostile = []string{"", " ", "a b", "it's", `"`, `\`, "$(echo no)", "`echo no`", "${HOME}", "*", "x;echo no", "a\nb", "-n", "\xff\xfe", "#", "~", "'; echo no; '", `"; echo no; "`, "{}", "\\n", "!"}

func TestAShellNeverReadsAnArgument(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh here")
	}
	const printf = `printf '[%s]' `
	for text, form := range map[string]string{
		printf + `{}`:                         "[@]",
		printf + `a{}b c`:                     "[a@b][c]",
		printf + `"<{}>" '<{}>'`:              "[<@>][<@>]",
		printf + `'{}'"{}"{}`:                 "[@@@]",
		printf + `"it's {}"`:                  "[it's @]",
		printf + `\"{}\'`:                     "['@\"]",
		"x={}; " + printf + `"$x"`:            "[@]",
		"# it's\n" + printf + `{} # don't {}`: "[@]",
		printf + `{} | cat`:                   "[@]",
		"( " + printf + `{} )`:                "[@]",
		printf + `"${x:-"{}"}"`:               "",
	} {
		c, err := Parse(text, Always)
		if err == nil {
			err = c.Check(Inputs{Lists: 1})
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for _, arg := range hostile {
			want := strings.ReplaceAll(form, "@", arg)
			if strings.Contains(text, `\"{}\'`) {
				want = `["` + arg + `']`
			}
			if form == "" {
				want = "[" + arg + "]"
			}
			argv := c.Expand(Task{Args: []string{arg}})
			out, err := exec.CommandContext(t.Context(), sh, argv[1:]...).CombinedOutput()
			if err != nil || string(out) != want {
				t.Errorf("%s with %q: %q %v, want %q (script %q)", text, arg, out, err, want, argv[2])
			}
		}
	}
}

// A substitution takes line feeds off the end of what it is given, so these are tried with less.
func TestFieldsWithinSubstitutions(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh here")
	}
	for text, want := range map[string]string{
		`printf '[%s]' "$(printf '<%s>' {})"`:           "[<3  $y>]",
		`printf '[%s]' "$(printf '<%s>' "{}" '{}')" {}`: "[<3  $y><3  $y>][3  $y]",
		"printf '[%s]' \"`printf '<%s>' {}`\"":          "[<3  $y>]",
		`x=4; printf '[%s]' "${x}" {}`:                  "[4][3  $y]",
		`printf '[%s]' $((1 + 2)) {}`:                   "[3][3  $y]",
	} {
		argv := expand(t, text, Auto, Inputs{Lists: 1}, Task{Args: []string{"3  $y"}})
		out, err := exec.CommandContext(t.Context(), sh, argv[1:]...).CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("%s: %q %v, want %q (script %q)", text, out, err, want, argv[2])
		}
	}
	argv := expand(t, `echo $(( {} * 2 ))`, Auto, Inputs{Lists: 1}, Task{Args: []string{"21"}})
	if out, err := exec.CommandContext(t.Context(), sh, argv[1:]...).CombinedOutput(); err != nil || string(out) != "42\n" {
		t.Errorf("arithmetic: %q %v (script %q)", out, err, argv[2])
	}
}

func TestQuotedWordsAreReadBack(t *testing.T) {
	sh, err := exec.LookPath("bash") // which has known $'…' for long
	if err != nil {
		t.Skip("there is no bash here")
	}
	for _, w := range hostile {
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf '[%s]' "+Quote([]string{w, w})).CombinedOutput()
		if want := "[" + w + "][" + w + "]"; err != nil || string(out) != want {
			t.Errorf("%q: %s, read back as %q (%v)", w, Quote([]string{w}), out, err)
		}
	}
}

func TestTitles(t *testing.T) {
	for text, want := range map[string]string{
		"python3 dir/sim.py {}": "sim.py", "./sim {}": "sim", "sim -x.y {}": "sim", "{}": "program", "a  {} | b": "a {} | b", "sleep 0.5": "sleep",
	} {
		c, err := Parse(text, Auto)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Title(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// FuzzParse looks for commands that cannot be expanded, and for arguments that get into a script.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"sim {}", `a "{}" '{}' | b`, "{{}{1}{x/.}{#}", "cat <<E\n{}", "$(( {} ))", "`a \"{}\"`", `"$(x '{}'`, "${1}", "# '"} {
		f.Add(s, "it's $(x)")
	}
	f.Fuzz(func(t *testing.T, text, arg string) {
		const mark = "\x01mark\x01"
		for _, mode := range []Mode{Auto, Always, Never} {
			c, err := Parse(text, mode)
			if err != nil {
				continue
			}
			in := Inputs{Lists: 1, Names: []string{"x"}}
			if c.Check(in) != nil {
				continue
			}
			argv := c.Expand(Task{Number: 1, Args: []string{arg + mark}})
			if len(argv) == 0 {
				t.Fatalf("%q: nothing to run", text)
			}
			if c.Shell() && strings.Contains(argv[2], mark) && !strings.Contains(text, mark) {
				t.Fatalf("%q: the argument is in the script %q", text, argv[2])
			}
			Quote(argv)
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, s := range append(hostile, "A=", "--in=x") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, w string) {
		if strings.ContainsAny(w, "\x00") {
			t.Skip("no word has a NUL byte")
		}
		words, syntax, err := split(strings.ReplaceAll(Quote([]string{w}), "{", "{{"))
		if strings.HasPrefix(Quote([]string{w}), "$") {
			return // which only a shell reads
		}
		if err != nil || syntax != "" || len(words) != 1 {
			t.Fatalf("%q: %s is %d words, %q, %v", w, Quote([]string{w}), len(words), syntax, err)
		}
		if got := words[0].Expand(Task{}); got != w {
			t.Fatalf("%q is read back as %q", w, got)
		}
	})
}
