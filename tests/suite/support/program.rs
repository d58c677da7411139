//! The built program, run in an empty world: no variables, no home, no account.

use std::any::Any;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Server;

/// The variable that names the home folder.
pub const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// The variable that names the folder of caches.
pub const CACHES: &str = if cfg!(windows) {
    "LOCALAPPDATA"
} else {
    "XDG_CACHE_HOME"
};

/// A new, empty folder for one test, below the target folder.
pub fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    super::end_of_run::register();
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    std::path::absolute(path).unwrap()
}

/// A run of the program in the making.
pub struct Wsb {
    command: Command,
    input: Vec<u8>,
    /// Lives as long as the run.
    kept: Vec<Box<dyn Any>>,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks the exit code.
    #[track_caller]
    pub fn code(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Checks that standard error has all of these.
    #[track_caller]
    pub fn says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.stderr.contains(text), "no {text:?} in {self:#?}");
        }
        self
    }
}

/// Lets the children of this process be ended by signals that its starter ignores, as a shell does for
/// its background jobs: ignored signals are inherited, handled ones are not.
pub fn heed_signals() {
    #[cfg(target_os = "linux")]
    {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
            let mask = u64::from_str_radix(mask.unwrap().trim(), 16).unwrap();
            for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
                if (mask >> (signal - 1)) & 1 == 1 {
                    signal_hook::flag::register(signal, Arc::default()).unwrap();
                }
            }
        });
    }
}

/// Waits for what another process does. The limit is for a program that never does it.
#[track_caller]
pub fn wait_until(event: &str, mut has_happened: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(60);
    while !has_happened() {
        assert!(Instant::now() < limit, "waited in vain for {event}");
        std::thread::yield_now();
    }
}

/// How many runs of one test there are at a time.
const SIDE_BY_SIDE: usize = 8;

/// Runs each of the items, several at a time, and returns the results in the order of the items: for
/// runs that wait rather than work.
pub fn run_side_by_side<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let run_next = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        Some((index, run(items.get(index)?)))
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..SIDE_BY_SIDE.min(items.len()))
            .map(|_| scope.spawn(|| std::iter::from_fn(run_next).collect::<Vec<_>>()))
            .collect();
        let results = workers.into_iter().flat_map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        results.collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The program with these arguments.
pub fn wsb<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Wsb {
    heed_signals();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsb"));
    command
        .args(arguments)
        .env_clear()
        .env(HOME, folder())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // Without it Windows has no sockets.
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    Wsb {
        command,
        input: Vec::new(),
        kept: Vec::new(),
    }
}

impl Wsb {
    /// Credentials, a region, and this service, which ends with the run.
    pub fn served_by(self, server: Server) -> Self {
        self.against(&server.url()).keep(server)
    }

    /// Keeps `server` until the run has finished.
    pub fn keep(mut self, server: impl Any) -> Self {
        self.kept.push(Box::new(server));
        self
    }

    /// The same program in a process that may have no more than so many files open.
    #[cfg(target_os = "linux")]
    pub fn with_open_files(mut self, most: u32) -> Self {
        let mut shell = Command::new("/bin/sh");
        let script = format!("ulimit -n {most} && exec \"$0\" \"$@\"");
        shell
            .args(["-c".as_ref(), script.as_ref(), self.command.get_program()])
            .args(self.command.get_args())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let set = self.command.get_envs();
        shell.envs(set.filter_map(|(name, value)| Some((name, value?))));
        self.command = shell;
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Credentials and a region that are good for any loopback service.
    pub fn with_keys(self) -> Self {
        self.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
            .env("AWS_REGION", "us-east-1")
    }

    /// Credentials, a region, and this service.
    pub fn against(self, endpoint: &str) -> Self {
        self.with_keys()
            .env("AWS_ENDPOINT_URL_WORKSPACES_WEB", endpoint)
    }

    /// The shared config file.
    pub fn config_file(self, text: &str) -> Self {
        let path = folder().join("config");
        std::fs::write(&path, text).unwrap();
        self.env("AWS_CONFIG_FILE", path)
    }

    /// A file below the home folder, which is the folder `home` from now on.
    pub fn file_at_home(self, home: &Path, name: &str, text: &str) -> Self {
        let path = home.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self.env(HOME, home)
    }

    /// What comes on standard input.
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Sends standard output to a file.
    pub fn output_to(self, path: &str) -> Self {
        let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        self.output(file)
    }

    /// Sends standard output there.
    pub fn output(mut self, output: impl Into<Stdio>) -> Self {
        self.command.stdout(output);
        self
    }

    /// Has a shell start the program once it has run `preparation`: `ulimit -n 32`, say.
    pub fn after(self, preparation: &str) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", &format!("{preparation}\nexec \"$0\" \"$@\"")])
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in self.command.get_envs() {
            shell.env(name, value.unwrap());
        }
        Self {
            command: shell,
            ..self
        }
    }

    /// Sends the input and keeps standard input open: the program never sees its end.
    pub fn start_with_open_input(mut self) -> (Running, ChildStdin) {
        let mut running = Running::new(self.command.spawn().unwrap(), self.kept);
        let mut stdin = running.child().stdin.take().unwrap();
        stdin.write_all(&self.input).unwrap();
        (running, stdin)
    }

    pub fn run(self) -> Finished {
        self.start().finish()
    }

    /// Runs it with its input left open until a line of standard error has `last`, and gives the
    /// most memory that it held till then, in KiB.
    #[cfg(target_os = "linux")]
    pub fn run_and_weigh(self, last: &str) -> (Finished, u64) {
        let mut command = self.command;
        let mut running = Running::new(command.spawn().unwrap(), self.kept);
        let mut stdin = running.child().stdin.take().unwrap();
        let mut stderr = BufReader::new(running.child().stderr.take().unwrap());
        let mut stdout = running.child().stdout.take().unwrap();
        let input = std::thread::spawn(move || {
            stdin.write_all(&self.input).unwrap();
            stdin
        });
        let results = std::thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        let mut errors = String::new();
        let mut start = 0;
        while !errors[start..].contains(last) {
            start = errors.len();
            let count = stderr.read_line(&mut errors).unwrap();
            assert!(count > 0, "no {last:?} in {errors}");
        }
        let peak = running.peak_memory();
        drop(input.join().unwrap());
        stderr.read_to_string(&mut errors).unwrap();
        let finished = Finished {
            code: running.child().wait().unwrap().code(),
            stdout: results.join().unwrap(),
            stderr: errors,
        };
        (finished, peak)
    }

    pub fn start(mut self) -> Running {
        let mut running = Running::new(self.command.spawn().unwrap(), self.kept);
        let mut stdin = running.child().stdin.take().unwrap();
        let input = std::mem::take(&mut self.input);
        running.input = Some(std::thread::spawn(move || {
            // A program that does not read its input is free to.
            let _ = stdin.write_all(&input);
        }));
        running
    }
}

/// A run that has not ended yet. It is killed when it is dropped.
pub struct Running {
    /// Absent once the run has finished.
    child: Option<Child>,
    /// Writes the input.
    input: Option<JoinHandle<()>>,
    kept: Vec<Box<dyn Any>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        if let Some(input) = self.input.take() {
            let _ = input.join();
        }
        self.kept.clear();
    }
}

impl Running {
    fn new(child: Child, kept: Vec<Box<dyn Any>>) -> Self {
        Self {
            child: Some(child),
            input: None,
            kept,
        }
    }

    fn child(&mut self) -> &mut Child {
        self.child.as_mut().unwrap()
    }

    /// The most memory that it has held so far, in KiB.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.unwrap().trim().strip_suffix(" kB").unwrap();
        number.parse().unwrap()
    }

    /// The time that it has spent on a processor.
    #[cfg(target_os = "linux")]
    pub fn processor_time(&self) -> Duration {
        let times = self.proc("schedstat");
        let on_processor = times.split(' ').next().unwrap();
        Duration::from_nanos(on_processor.parse().unwrap())
    }

    #[cfg(target_os = "linux")]
    fn proc(&self, name: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.id())).unwrap()
    }

    /// Sends a signal, by its name without `SIG`.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        use rustix::process::{Pid, Signal, kill_process};
        let signal = match name {
            "HUP" => Signal::HUP,
            "INT" => Signal::INT,
            "KILL" => Signal::KILL,
            "QUIT" => Signal::QUIT,
            "TERM" => Signal::TERM,
            _ => panic!("unknown signal {name}"),
        };
        kill_process(Pid::from_child(self.child.as_ref().unwrap()), signal).unwrap();
    }

    /// Standard output up to and with the first line that starts with `last`. What follows is not
    /// kept.
    pub fn output_until(&mut self, last: &str) -> String {
        let mut stdout = BufReader::new(self.child().stdout.take().unwrap());
        let mut text = String::new();
        loop {
            let start = text.len();
            let count = stdout.read_line(&mut text).unwrap();
            assert!(count > 0, "no {last:?} in {text}");
            if text[start..].starts_with(last) {
                // The program may still have something to say: it must not find nobody there.
                self.child().stdout = Some(stdout.into_inner());
                return text;
            }
        }
    }

    /// Reads so many lines of standard output. A program that has more than a pipe holds to print waits
    /// then. What follows is not kept.
    pub fn take_lines(&mut self, count: usize) {
        let mut stdout = BufReader::new(self.child().stdout.take().unwrap());
        let mut line = Vec::new();
        for number in 0..count {
            line.clear();
            let length = stdout.read_until(b'\n', &mut line).unwrap();
            assert!(length > 0, "{number} lines, not {count}");
        }
        self.child().stdout = Some(stdout.into_inner());
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Closes the reading end of standard output.
    pub fn without_reader(mut self) -> Self {
        drop(self.child().stdout.take());
        self
    }

    pub fn finish(mut self) -> Finished {
        let Output {
            status,
            stdout,
            stderr,
        } = self.child.take().unwrap().wait_with_output().unwrap();
        Finished {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }
}
