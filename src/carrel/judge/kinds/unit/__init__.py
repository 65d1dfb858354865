"""Tests that a framework for unit tests runs: each unit test is a part of the test."""
