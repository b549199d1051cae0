// Package jobs has the commands about jobs of a cluster: submit, which hands them in, and job, which shows, follows and changes
// them. It only asks the cluster, or reads the files of one that is not there; package jobhost runs jobs. On systems other than Unix
// there are no such commands.
package jobs
