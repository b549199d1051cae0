package main

import (
	"math"
	"strings"
	"testing"
)

const braidJSON = `{"schema":1,"command":"demo","machine":{"os":"linux"},"results":[
 {"case":"x/parallel","value":0.25,"unit":"s","runs":[0.25],"new field":[]},
 {"case":"dag.random.us","value":0.5,"unit":"us","runs":[0.5,0.4,0.6]},
 {"case":"par.for.ns","value":12,"unit":"ns","runs":[12]},
 {"case":"x/nothing","value":null,"unit":"s","runs":[],"note":"no clock"},
 {"case":"x/word","value":"devel","unit":"","runs":["devel"]},
 {"case":"x/minus","value":-1,"unit":"s","runs":[-1]},
 {"case":"x/tasks","value":100,"unit":"tasks","runs":[100]},
 {"case":"x/sum","value":2,"unit":"","runs":[2],"reference":2,"tolerance":1e-9,"ok":true}]}`

func TestReadBraidConvertsACaseToSeconds(t *testing.T) {
	for name, want := range map[string]float64{"x/parallel": 0.25, "dag.random.us": 0.5e-6, "par.for.ns": 12e-9} {
		got, err := readBraid([]byte(braidJSON), name)
		if err != nil || math.Abs(got.seconds-want) > 1e-12*want {
			t.Errorf("%s: %v, %v; want %v s", name, got.seconds, err, want)
		}
	}
}

func TestReadBraidRefusesWhatIsNoMeasurement(t *testing.T) {
	for _, c := range []struct{ doc, name, word string }{
		{braidJSON, "x/serial", `no case "x/serial"`},
		{braidJSON, "x/nothing", "no clock"},
		{braidJSON, "x/word", "no number"},
		{braidJSON, "x/minus", "positive"},
		{braidJSON, "x/tasks", `unit "tasks"`},
		{strings.Replace(braidJSON, `"schema":1`, `"schema":2`, 1), "x/parallel", "schema 2"},
		{strings.Replace(braidJSON, `"ok":true`, `"ok":false,"note":"off by one"`, 1), "x/parallel", "off by one"},
		{"", "x", "JSON"},
		{"usage: braid\n", "x", "JSON"},
		{braidJSON + "{}", "x", "JSON"},
	} {
		if got, err := readBraid([]byte(c.doc), c.name); err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("case %s of %.40q: %v, %v; want an error with %q", c.name, c.doc, got, err, c.word)
		}
	}
}

const peerJSON = `{"peer":"map/x","unit":"us","value":5.5,"runs":[5.5],"sizes":{"n":100000,"chunk":1},"answer":[1,2],"ok":true}`

func TestReadPeerTakesTheLastLine(t *testing.T) {
	for _, out := range []string{peerJSON, peerJSON + "\n", "warning: {}\n" + peerJSON + "\n\n"} {
		got, err := readPeer([]byte(out))
		if err != nil || math.Abs(got.seconds-5.5e-6) > 1e-15 || got.size != "chunk = 1, n = 100,000" {
			t.Errorf("%q: %+v, %v", out, got, err)
		}
	}
}

func TestReadPeerRefusesWhatIsNoMeasurement(t *testing.T) {
	for _, c := range []struct{ out, word string }{
		{"", "JSON"},
		{peerJSON + "\nbye", "JSON"},
		{`{"peer":"x","error":"AssertionError: wrong answer: 3"}`, "wrong answer: 3"},
		{strings.Replace(peerJSON, `"ok":true`, `"ok":false`, 1), "not checked"},
		{strings.Replace(peerJSON, `"value":5.5,`, "", 1), "no value"},
		{strings.Replace(peerJSON, "5.5,", "0,", 1), "positive"},
		{strings.Replace(peerJSON, "5.5,", "NaN,", 1), "JSON"}, // Python writes it so
		{strings.Replace(peerJSON, `"us"`, `"fortnights"`, 1), "fortnights"},
	} {
		if got, err := readPeer([]byte(c.out)); err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%q: %v, %v; want an error with %q", c.out, got, err, c.word)
		}
	}
}

func FuzzReadBraid(f *testing.F) {
	f.Add([]byte(braidJSON), "x/parallel")
	f.Add([]byte(`{"schema":1,"results":[{"case":"a","value":1e308,"unit":"s"}]}`), "a")
	f.Add([]byte(`{"schema":1,"results":null}`), "")
	f.Fuzz(func(t *testing.T, out []byte, name string) {
		wantPositiveOrError(t)(readBraid(out, name))
		braidVersion(out)
	})
}

func FuzzReadPeer(f *testing.F) {
	f.Add([]byte(peerJSON))
	f.Add([]byte("noise\n{}"))
	f.Add([]byte(`{"ok":true,"value":1e-300,"unit":"ns"}`))
	f.Add([]byte(`{"python":"3.11.2","dask":null}`))
	f.Fuzz(func(t *testing.T, out []byte) {
		wantPositiveOrError(t)(readPeer(out))
		for name, version := range moduleVersions(out) {
			if name == "python" {
				t.Errorf("python %q is not under the name of its package", version)
			}
		}
	})
}

func wantPositiveOrError(t *testing.T) func(reading, error) {
	return func(r reading, err error) {
		if err == nil && (!(r.seconds > 0) || math.IsInf(r.seconds, 0)) {
			t.Errorf("%v seconds without an error", r.seconds)
		}
	}
}

func TestVersionsAreReadAsTheProgramsPrintThem(t *testing.T) {
	got := moduleVersions([]byte(`{"python":"3.11.2","dask":"2022.12.1","joblib":null}`))
	if len(got) != 2 || got["python3"] != "3.11.2" || got["dask"] != "2022.12.1" {
		t.Errorf("modules are %v", got)
	}
	for doc, want := range map[string]string{
		`{"schema":1,"results":[{"case":"version","value":"devel"},{"case":"revision","value":"abc","note":"modified"}]}`: "devel, revision abc modified",
		`{"schema":1,"results":[{"case":"version","value":"v1.2"},{"case":"revision","value":null,"note":"unknown"}]}`:    "v1.2",
		"": "unknown",
	} {
		if got := braidVersion([]byte(doc)); got != want {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
}
