
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'wsb' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'wsb'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'wsb' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Notation of times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Call this endpoint instead of the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust only the certificate authorities in this PEM file')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for a connection')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time limit for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for the entire command')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'Format of errors and warnings')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the AWS CLI''s cache of temporary credentials')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('get-session', 'get-session', [CompletionResultType]::ParameterValue, 'Show one session, or many')
            [CompletionResult]::new('list-sessions', 'list-sessions', [CompletionResultType]::ParameterValue, 'Find sessions on one portal, several or all')
            [CompletionResult]::new('list-portals', 'list-portals', [CompletionResultType]::ParameterValue, 'Find portals in a region, or in all of them')
            [CompletionResult]::new('get-usage', 'get-usage', [CompletionResultType]::ParameterValue, 'Show how full portals are, now and before')
            [CompletionResult]::new('wait-session', 'wait-session', [CompletionResultType]::ParameterValue, 'Block until sessions have ended')
            [CompletionResult]::new('watch-sessions', 'watch-sessions', [CompletionResultType]::ParameterValue, 'Print an event for each session that starts or ends')
            [CompletionResult]::new('local', 'local', [CompletionResultType]::ParameterValue, 'Run an emulator for the service on loopback')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wsb;get-session' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'The portal, in the AWS CLI''s notation')
            [CompletionResult]::new('--session-id', '--session-id', [CompletionResultType]::ParameterName, 'A session, in the AWS CLI''s notation; may be repeated')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print the bare value of this field')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Concurrent calls')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Notation of times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Call this endpoint instead of the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust only the certificate authorities in this PEM file')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for a connection')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time limit for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for the entire command')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'Format of errors and warnings')
            [CompletionResult]::new('--unique', '--unique', [CompletionResultType]::ParameterName, 'Request each session once, in the order of their first appearance')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Search every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Search every portal of every region')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the AWS CLI''s cache of temporary credentials')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;list-sessions' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'A portal, in the AWS CLI''s notation; may be repeated')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only active, or only terminated sessions')
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'Only sessions of this user')
            [CompletionResult]::new('--session-id', '--session-id', [CompletionResultType]::ParameterName, 'Only this session')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'Order within each portal')
            [CompletionResult]::new('--address', '--address', [CompletionResultType]::ParameterName, 'Only sessions that used this address or network')
            [CompletionResult]::new('--max-items', '--max-items', [CompletionResultType]::ParameterName, 'End after N sessions')
            [CompletionResult]::new('--page-size', '--page-size', [CompletionResultType]::ParameterName, 'Sessions per page [default: the service''s]')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print the bare value of this field')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only sessions that started at this time or later, as in 3d')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only sessions that started at this time or earlier')
            [CompletionResult]::new('--active-at', '--active-at', [CompletionResultType]::ParameterName, 'Only sessions that were running at this time')
            [CompletionResult]::new('--active-since', '--active-since', [CompletionResultType]::ParameterName, 'Only sessions that were running at this time, or started later')
            [CompletionResult]::new('--active-until', '--active-until', [CompletionResultType]::ParameterName, 'Only sessions that were running at this time, or started earlier')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Notation of times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Call this endpoint instead of the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust only the certificate authorities in this PEM file')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for a connection')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time limit for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for the entire command')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'Format of errors and warnings')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Search every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Search every portal of every region')
            [CompletionResult]::new('--with-addresses', '--with-addresses', [CompletionResultType]::ParameterName, 'Add the addresses that each session used')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the AWS CLI''s cache of temporary credentials')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;list-portals' {
            [CompletionResult]::new('--page-size', '--page-size', [CompletionResultType]::ParameterName, 'Portals per page [default: the service''s]')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print the bare value of this field')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Notation of times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Call this endpoint instead of the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust only the certificate authorities in this PEM file')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for a connection')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time limit for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for the entire command')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'Format of errors and warnings')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Search every region')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the AWS CLI''s cache of temporary credentials')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;get-usage' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'A portal, in the AWS CLI''s notation; may be repeated')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Start of the period [default: 35d]')
            [CompletionResult]::new('--group-by', '--group-by', [CompletionResultType]::ParameterName, 'Rows per portal, instance-type, region or user')
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'Rows per day or hour')
            [CompletionResult]::new('--fail-above', '--fail-above', [CompletionResultType]::ParameterName, 'End with exit code 13 if a row is above this, as in 80% or 20')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print the bare value of this field')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Notation of times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Call this endpoint instead of the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust only the certificate authorities in this PEM file')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for a connection')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time limit for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for the entire command')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'Format of errors and warnings')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Search every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Search every portal of every region')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the AWS CLI''s cache of temporary credentials')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;wait-session' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'The portal, in the AWS CLI''s notation')
            [CompletionResult]::new('--session-id', '--session-id', [CompletionResultType]::ParameterName, 'A session, in the AWS CLI''s notation; may be repeated')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'Time between two polls (±10 %)')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print the bare value of this field')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for the entire command [default: 1h]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Notation of times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Call this endpoint instead of the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust only the certificate authorities in this PEM file')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for a connection')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time limit for a reply')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'Format of errors and warnings')
            [CompletionResult]::new('--unique', '--unique', [CompletionResultType]::ParameterName, 'Request each session once, in the order of their first appearance')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Wait for all sessions of the portals')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Search every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Search every portal of every region')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the AWS CLI''s cache of temporary credentials')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;watch-sessions' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'A portal, in the AWS CLI''s notation; may be repeated')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'Time between two polls (±10 %)')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'End after this time, with exit code 0')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Continue from the last run with this file')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print the bare value of this field')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Notation of times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Call this endpoint instead of the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust only the certificate authorities in this PEM file')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for a connection')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time limit for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for the entire command')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'Format of errors and warnings')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Search every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Search every portal of every region')
            [CompletionResult]::new('--once', '--once', [CompletionResultType]::ParameterName, 'Poll each portal once and end')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the AWS CLI''s cache of temporary credentials')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;local' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Serve the portals and sessions of this JSON file')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'The address to listen on; port 0 picks a free one')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Notation of times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Call this endpoint instead of the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust only the certificate authorities in this PEM file')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for a connection')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time limit for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for the entire command')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'Format of errors and warnings')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the AWS CLI''s cache of temporary credentials')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;completions' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format of the results')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'Notation of times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'AWS region')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Profile in the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Call this endpoint instead of the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust only the certificate authorities in this PEM file')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time limit for a connection')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time limit for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time limit for the entire command')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'Format of errors and warnings')
            [CompletionResult]::new('--dynamic', '--dynamic', [CompletionResultType]::ParameterName, 'Complete the portals and sessions of your last lists too')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Neither read nor write the AWS CLI''s cache of temporary credentials')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Report nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt of a call; -vv also logs the requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;help' {
            [CompletionResult]::new('get-session', 'get-session', [CompletionResultType]::ParameterValue, 'Show one session, or many')
            [CompletionResult]::new('list-sessions', 'list-sessions', [CompletionResultType]::ParameterValue, 'Find sessions on one portal, several or all')
            [CompletionResult]::new('list-portals', 'list-portals', [CompletionResultType]::ParameterValue, 'Find portals in a region, or in all of them')
            [CompletionResult]::new('get-usage', 'get-usage', [CompletionResultType]::ParameterValue, 'Show how full portals are, now and before')
            [CompletionResult]::new('wait-session', 'wait-session', [CompletionResultType]::ParameterValue, 'Block until sessions have ended')
            [CompletionResult]::new('watch-sessions', 'watch-sessions', [CompletionResultType]::ParameterValue, 'Print an event for each session that starts or ends')
            [CompletionResult]::new('local', 'local', [CompletionResultType]::ParameterValue, 'Run an emulator for the service on loopback')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wsb;help;get-session' {
            break
        }
        'wsb;help;list-sessions' {
            break
        }
        'wsb;help;list-portals' {
            break
        }
        'wsb;help;get-usage' {
            break
        }
        'wsb;help;wait-session' {
            break
        }
        'wsb;help;watch-sessions' {
            break
        }
        'wsb;help;local' {
            break
        }
        'wsb;help;completions' {
            break
        }
        'wsb;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
