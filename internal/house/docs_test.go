package house

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// A block is the text between two code fences of a page.
type block struct {
	lang string
	line int // of the first line inside
	text string
}

// A page is Markdown split into what is code and what is not.
type page struct {
	path   string
	prose  []string // by line; lines of code are empty here
	blocks []block
}

var fence = regexp.MustCompile("^ {0,3}(```+|~~~+)\\s*(\\S*)")

// readPage splits a page. An open fence ends with the page.
func readPage(t text) page {
	p := page{path: t.path}
	open := ""
	for i, line := range strings.Split(string(t.data), "\n") {
		m := fence.FindStringSubmatch(line)
		switch {
		case open == "" && m != nil:
			open = m[1]
			p.blocks = append(p.blocks, block{lang: m[2], line: i + 2})
			p.prose = append(p.prose, "")
		case open == "":
			p.prose = append(p.prose, line)
		case m != nil && m[2] == "" && strings.HasPrefix(m[1], open):
			open = ""
			p.prose = append(p.prose, "")
		default:
			p.blocks[len(p.blocks)-1].text += line + "\n"
			p.prose = append(p.prose, "")
		}
	}
	return p
}

var (
	link     = regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)`)
	linkLine = regexp.MustCompile(`^\[[^\]]+\]:\s+(\S+)`)
	inCode   = regexp.MustCompile("`[^`]*`")
	heading  = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
)

// anchors returns the anchors of a page's headings, made as forges make them:
// lower case, blanks to hyphens, other signs dropped, repeats numbered.
func anchors(p page) map[string]bool {
	as := map[string]bool{}
	for _, line := range p.prose {
		m := heading.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		a := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		unique := a
		for n := 1; as[unique]; n++ {
			unique = fmt.Sprintf("%s-%d", a, n)
		}
		as[unique] = true
	}
	return as
}

// checkLinks follows every link of the page that stays in the repository.
// Addresses elsewhere are not asked for: a test must not need the network.
func checkLinks(p page, pages map[string]page, exists func(string) bool) (complaints []string) {
	for i, line := range p.prose {
		line = inCode.ReplaceAllString(line, "")
		for _, m := range append(link.FindAllStringSubmatch(line, -1), linkLine.FindAllStringSubmatch(line, -1)...) {
			target := m[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			to := p.path
			if file != "" {
				to = path.Join(path.Dir(p.path), file)
			}
			at := fmt.Sprintf("%s:%d", p.path, i+1)
			if strings.HasPrefix(file, "/") || !exists(to) {
				complaints = append(complaints, fmt.Sprintf("%s: link to %s, which is not in the repository. Correct the path (it is relative to %s) or remove the link", at, target, path.Dir(p.path)))
			} else if dest, ok := pages[to]; ok && anchor != "" && !anchors(dest)[anchor] {
				complaints = append(complaints, fmt.Sprintf("%s: link to %s, but %s has no such heading. Its headings give: %s", at, target, to, strings.Join(sortedKeys(anchors(dest)), " ")))
			}
		}
	}
	return complaints
}

// allPages reads every Markdown file by path.
func allPages(r *repository) map[string]page {
	pages := map[string]page{}
	for _, f := range r.texts {
		if path.Ext(f.path) == ".md" && !strings.Contains("/"+f.path, "/testdata/") {
			pages[f.path] = readPage(f)
		}
	}
	return pages
}

func TestLinksLeadSomewhere(t *testing.T) {
	r := repo(t)
	pages := allPages(r)
	exists := func(p string) bool {
		return slices.ContainsFunc(r.texts, func(f text) bool { return f.path == p || p == "." || strings.HasPrefix(f.path, p+"/") })
	}
	for _, name := range sortedKeys(pages) {
		report(t, checkLinks(pages[name], pages, exists))
	}
}

// The programs in README.md are what a newcomer copies first, so they are
// compiled as they stand there, and run: the block below a program is what it
// prints.
func TestProgramsInREADMEPrintWhatItSays(t *testing.T) {
	slow(t)
	r := repo(t)
	readme, ok := allPages(r)["README.md"]
	if !ok {
		t.Fatal("README.md:1: there is no README.md. Write it: what braid is, twelve lines of Go and what they print, how to run")
	}
	programs := 0
	for k, b := range readme.blocks {
		if b.lang != "go" || !strings.Contains("\n"+b.text, "\npackage main\n") {
			continue
		}
		programs++
		// The line comment makes the compiler speak of README.md.
		code := fmt.Sprintf("//line %s:%d\n%s", filepath.Join(r.root, "README.md"), b.line, b.text)
		main := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(main, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := run(t, nil, "go", "vet", main); err != nil {
			t.Errorf("README.md:%d: this program does not compile; mend it, or what it shows has changed (%v):\n%s", b.line, err, out)
			continue
		}
		if k+1 == len(readme.blocks) || readme.blocks[k+1].lang != "" {
			t.Errorf("README.md:%d: no block without a language follows this program. Show there what it prints", b.line)
			continue
		}
		says := exec.Command("go", "run", main)
		says.Dir = r.root
		out, err := says.Output() // without standard error, where the closing line is
		if err != nil || string(out) != readme.blocks[k+1].text {
			t.Errorf("README.md:%d: this program prints (%v)\n%s\nand the block below it says\n%s", b.line, err, out, readme.blocks[k+1].text)
		}
	}
	if programs == 0 {
		t.Error("README.md:1: no ```go block is a whole program (\"package main\"). Show one that can be copied and run")
	}
}

var (
	decisionFile = regexp.MustCompile(`^docs/decisions/(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md$`)
	titleLine    = regexp.MustCompile(`^# (\d{4}) \S`)
	dateLine     = regexp.MustCompile(`^Date: \d{4}-\d{2}-\d{2}$`)
	statusLine   = regexp.MustCompile(`^Status: (proposed|accepted|rejected|superseded by \[\d{4}\]\(.+\))$`)
)

// checkDecision holds one page of docs/decisions against the form that
// docs/decisions/README.md describes.
func checkDecision(p page) (complaints []string) {
	m := decisionFile.FindStringSubmatch(p.path)
	if m == nil {
		return []string{p.path + ":1: the name is not a number and a few words. Call it like docs/decisions/0007-one-executor.md"}
	}
	want := func(re *regexp.Regexp, what string) {
		if !slices.ContainsFunc(p.prose, re.MatchString) {
			complaints = append(complaints, fmt.Sprintf("%s:1: no line %q. docs/decisions/README.md shows the form", p.path, what))
		}
	}
	if t := titleLine.FindStringSubmatch(p.prose[0]); t == nil || t[1] != m[1] {
		complaints = append(complaints, fmt.Sprintf("%s:1: the first line is not \"# %s\" and the decision in a few words", p.path, m[1]))
	}
	want(dateLine, "Date: YYYY-MM-DD")
	want(statusLine, "Status: proposed, accepted, rejected or superseded by [NNNN](page)")
	return complaints
}

func TestDecisionsHaveNumberTitleDateAndStatus(t *testing.T) {
	pages := allPages(repo(t))
	index := strings.Join(pages["docs/decisions/README.md"].prose, "\n")
	byNumber := map[string]string{}
	for _, name := range sortedKeys(pages) {
		if path.Dir(name) != "docs/decisions" || path.Base(name) == "README.md" {
			continue
		}
		report(t, checkDecision(pages[name]))
		if m := decisionFile.FindStringSubmatch(name); m != nil {
			if first := byNumber[m[1]]; first != "" {
				t.Errorf("%s:1: number %s is taken by %s. Take the next free one", name, m[1], first)
			}
			byNumber[m[1]] = name
		}
		if !strings.Contains(index, "]("+path.Base(name)+")") {
			t.Errorf("docs/decisions/README.md:1: the list does not link to %s. Add a line", path.Base(name))
		}
	}
}

// A page that names versions is wrong from the next update on unless something
// compares it.
func TestDependenciesPageNamesWhatGoModNames(t *testing.T) {
	r := repo(t)
	pages := allPages(r)
	const name = "docs/dependencies.md"
	rows := map[string]string{} // module@version → place
	row := regexp.MustCompile("^\\| `?([^ `|]+\\.[^ `|]+/[^ `|]+)`? +\\| +(v[^ |]+) +\\|")
	for i, line := range pages[name].prose {
		if m := row.FindStringSubmatch(line); m != nil {
			rows[m[1]+" "+m[2]] = fmt.Sprintf("%s:%d", name, i+1)
		}
	}
	require := regexp.MustCompile(`(?m)^(?:require)?\s+(\S+\.\S+/\S+) (v\S+)`)
	for _, f := range r.texts {
		if f.path != "go.mod" && f.path != "tools/go.mod" {
			continue
		}
		for i, line := range strings.Split(string(f.data), "\n") {
			if m := require.FindStringSubmatch(line); m != nil {
				key := m[1] + " " + m[2]
				if rows[key] == "" {
					t.Errorf("%s:%d: %s has no row in %s. Add module, version, licence, why it is here and what it would take to drop it", f.path, i+1, key, name)
				}
				rows[key] = "seen"
			}
		}
	}
	for _, key := range sortedKeys(rows) {
		if rows[key] != "seen" {
			t.Errorf("%s: %s is in no go.mod. Remove the row or correct its version", rows[key], key)
		}
	}
}

func TestTheRulesOfPagesCatch(t *testing.T) {
	const body = "# Title, here\n\nsee [a](b.md), [b](b.md#one-two) and `[c](no.md)`\n\n```go\n[d](no.md)\n```\n[e](https://example.org/no.md) [f](#title-here)\n"
	pages := map[string]page{"docs/b.md": readPage(text{"docs/b.md", []byte("## One: two\n")})}
	exists := func(p string) bool { return p == "docs/a.md" || p == "docs/b.md" }
	links := func(more string) []string {
		p := readPage(text{"docs/a.md", []byte(body + more)})
		pages["docs/a.md"] = p
		return checkLinks(p, pages, exists)
	}
	wantComplaint(t, "links that lead somewhere", links(""))
	wantComplaint(t, "a link to nowhere", links("[x](../b.md)"), "docs/a.md:9", "../b.md")
	wantComplaint(t, "an anchor to nowhere", links("[x](b.md#two)"), "docs/a.md:9", "no such heading", "one-two")
	wantComplaint(t, "a link from the root of a disk", links("[x](/docs/b.md)"), "docs/a.md:9")
	wantComplaint(t, "a link set apart", links("[x]: no.md"), "docs/a.md:9", "no.md")

	decision := func(name, body string) []string { return checkDecision(readPage(text{name, []byte(body)})) }
	const right = "# 0002 One executor\n\nDate: 2026-01-31\nStatus: superseded by [0003](0003-x.md)\n"
	wantComplaint(t, "a right decision", decision("docs/decisions/0002-one-executor.md", right))
	wantComplaint(t, "a decision without a number", decision("docs/decisions/executor.md", right), "executor.md:1", "0007")
	wantComplaint(t, "another number inside", decision("docs/decisions/0003-one-executor.md", right), `"# 0003"`)
	wantComplaint(t, "no date", decision("docs/decisions/0002-x.md", strings.Replace(right, "Date", "When", 1)), "Date: YYYY")
	wantComplaint(t, "an unknown status", decision("docs/decisions/0002-x.md", strings.Replace(right, "superseded by", "gone", 1)), "Status: proposed")
}

// A reader looks for a package's place in the architecture page first.
func TestArchitectureSpeaksOfEveryPackage(t *testing.T) {
	const name = "docs/architecture.md"
	pages := allPages(repo(t))
	rules, _ := stated(t, "lattice", lattice).rules()
	for _, r := range rules {
		said := r.name
		if said == "." {
			said = "braid"
		}
		if !slices.ContainsFunc(pages[name].prose, func(l string) bool { return strings.Contains(l, "`"+said+"`") }) {
			t.Errorf("%s:1: says nothing of `%s`, which has a line at %s. Add a paragraph: what it does and why it is a package", name, said, r.at)
		}
	}
}
