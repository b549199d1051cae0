package par

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// granted lists the variables of batch systems. Only the first that says something counts, because the later ones speak
// of the whole node or job; the others stay in the list with a note.
func (s surroundings) granted() []CoresSource {
	list := []CoresSource{
		s.variable("SLURM_CPUS_PER_TASK", parseCount),
		s.variable("SLURM_CPUS_ON_NODE", parseCount),
		s.variable("SLURM_JOB_CPUS_PER_NODE", s.slurmNode),
		s.variable("NSLOTS", s.gridEngine),
		s.variable("NCPUS", s.insidePBS),
		s.variable("PBS_NCPUS", parseCount),
		s.variable("PBS_NUM_PPN", parseCount),
		s.variable("LSB_DJOB_NUMPROC", s.lsf),
	}
	first := ""
	for i := range list {
		switch {
		case list[i].Cores == 0:
		case first == "":
			first = list[i].Name
		default:
			list[i].Cores, list[i].Note = 0, "ignored: "+first+" comes first"
		}
	}
	return list
}

// slurmNode reads this node's entry of SLURM_JOB_CPUS_PER_NODE. A batch script runs on node 0.
func (s surroundings) slurmNode(text string) (int, error) {
	node := 0
	if id, ok := s.lookup("SLURM_NODEID"); ok {
		var err error
		if node, err = strconv.Atoi(id); err != nil || node < 0 {
			return 0, fmt.Errorf("SLURM_NODEID %q is not the number of a node", id)
		}
	}
	return parseSlurmNodes(text, node)
}

// parseSlurmNodes returns entry node of a list such as "40(x2),20": 40 on nodes 0 and 1, 20 on node 2.
func parseSlurmNodes(text string, node int) (int, error) {
	for part := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		number, times, repeated := strings.Cut(part, "(x")
		count := 1
		if repeated {
			var err error
			digits, closed := strings.CutSuffix(times, ")")
			if count, err = strconv.Atoi(digits); err != nil || !closed || count < 1 {
				return 0, fmt.Errorf("%q in %q is not of the form 40(x2)", part, text)
			}
		}
		n, err := parseCount(number)
		if err != nil {
			return 0, err
		}
		if node < count {
			return n, nil
		}
		node -= count
	}
	return 0, fmt.Errorf("%q has no entry for this node (SLURM_NODEID)", text)
}

// gridEngine reads NSLOTS, which counts the slots on all hosts. PE_HOSTFILE has a line "host slots queue processors"
// for each.
func (s surroundings) gridEngine(text string) (int, error) {
	n, err := parseCount(text)
	hosts, ok := s.lookup("NHOSTS")
	if err != nil || !ok || hosts == "1" {
		return n, err
	}
	name, ok := s.lookup("PE_HOSTFILE")
	if !ok || s.root == nil {
		return 0, fmt.Errorf("it counts the slots on %s hosts (NHOSTS), and there is no PE_HOSTFILE to tell them apart", hosts)
	}
	data, err := fs.ReadFile(s.root, strings.TrimPrefix(name, "/"))
	if err != nil {
		return 0, fmt.Errorf("it counts the slots on %s hosts (NHOSTS), and PE_HOSTFILE cannot be read: %w", hosts, err)
	}
	var pairs []string
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) >= 2 {
			pairs = append(pairs, fields[:2]...)
		}
	}
	return hostShare(pairs, s.host)
}

// insidePBS reads NCPUS, a name so common that it means something only inside a job.
func (s surroundings) insidePBS(text string) (int, error) {
	if _, ok := s.lookup("PBS_JOBID"); !ok {
		return 0, fmt.Errorf("PBS_JOBID is not set, so NCPUS does not come from PBS")
	}
	return parseCount(text)
}

// lsf reads LSB_DJOB_NUMPROC, which counts the slots on all hosts. LSB_MCPU_HOSTS is "host slots host slots …".
func (s surroundings) lsf(text string) (int, error) {
	n, err := parseCount(text)
	if err != nil {
		return 0, err
	}
	list, _ := s.lookup("LSB_MCPU_HOSTS")
	pairs := strings.Fields(list)
	if len(pairs) <= 2 {
		return n, nil
	}
	return hostShare(pairs, s.host)
}

// hostShare adds up the slots of one host in a list of pairs (host, slots). Hosts are compared by the first label of
// their names, because batch systems and hosts disagree about domains.
func hostShare(pairs []string, host string) (int, error) {
	label := func(name string) string {
		first, _, _ := strings.Cut(name, ".")
		return strings.ToLower(first)
	}
	total := 0
	for i := 0; i+1 < len(pairs); i += 2 {
		if host == "" || label(pairs[i]) != label(host) {
			continue
		}
		n, err := parseCount(pairs[i+1])
		if err != nil {
			return 0, fmt.Errorf("slots of host %s: %w", pairs[i], err)
		}
		total += n
	}
	if total < 1 || total > mostCores {
		return 0, fmt.Errorf("it counts the slots of several hosts, and %d of them are on this one (%q)", total, host)
	}
	return total, nil
}
