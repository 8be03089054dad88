"""Defects, each a text of a sound file and what takes its place.

The checks that must find it, the file, the old text, the new one, words of the line that says so.
"""

from tests.k8s.defects import form, jobs, pods, references

DEFECTS = [*form.DEFECTS, *pods.DEFECTS, *jobs.DEFECTS, *references.DEFECTS]
