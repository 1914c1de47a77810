"""Imports in another process: those that work, fail, end it, or never end."""

import sys

from plion.doctor.imports import try_imports


def test_a_module_that_can_be_imported_has_no_error_and_is_not_imported_here(fake):
    fake("fine", "")
    assert try_imports(["fine"]).errors == {"fine": None}
    assert "fine" not in sys.modules


def test_an_error_is_told_with_its_kind(fake):
    fake("sad", "raise OSError('libc10_cuda.so: cannot open shared object file')")
    assert try_imports(["sad"]).errors["sad"].startswith("OSError: libc10_cuda.so")


def test_a_module_that_ends_the_process_is_told_and_the_others_are_tried(fake):
    fake("first", "")
    fake("deadly", "import os; os.abort()")
    fake("leaving", "import os; os._exit(3)")
    fake("last", "print('hello', end='')")
    assert try_imports(["first", "deadly", "leaving", "last"]).errors == {
        "first": None,
        "deadly": "its import ended the process (SIGABRT)",
        "leaving": "its import ended the process (status 3)",
        "last": None,
    }


def test_a_module_that_never_ends_is_told(fake):
    fake("endless", "import time; time.sleep(600)")
    assert try_imports(["endless"], seconds=2).errors["endless"].endswith("did not end within 2 s")


def test_without_torch_there_are_no_facts(fake):
    fake("fine", "")
    assert try_imports(["fine"]).facts == {}
